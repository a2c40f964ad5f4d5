"""What the codes of conflicts and quarantines are called on pages."""

from common.web.languages import N_

OUTCOMES = {
    "owed": (N_("Mitra dibayar"), "good"),
    "written_off": (N_("Mitra dibayar, kelebihan dihapus"), "good"),
    "not_owed": (N_("Mitra tidak dibayar"), "bad"),
}
REVIEWS = {
    "released": (N_("Dilepas: barisnya sudah diputuskan"), "good"),
    "refused": (N_("Ditolak"), "bad"),
}
REASONS = {
    "terminal_revoked": N_("Terminal sudah dicabut"),
    "another_terminal": N_("Catatan ini milik terminal lain"),
    "after_quarantine": N_("Datang sesudah catatannya ditahan"),
    "unreadable": N_("Ada baris yang tidak dapat dibaca"),
    "sequence_reused": N_("Nomor baris yang sama dipakai untuk isi lain"),
    "gap": N_("Ada baris yang hilang di antaranya"),
    "chain_broken": N_("Sebuah baris tidak sambung dengan baris sebelumnya"),
    "bad_signature": N_("Tanda tangannya bukan milik terminal ini"),
}
# What to find out before lines that were put aside are released or refused.
ADVICE = {
    "terminal_revoked": N_(
        "Tanyakan kepada mitra kapan telepon ini hilang. Baris sebelum itu mungkin sah."
    ),
    "another_terminal": N_(
        "Tanyakan mengapa satu telepon mengirim catatan telepon lain. Mungkin isinya disalin."
    ),
    "after_quarantine": N_("Putuskan dahulu catatan sebelumnya yang ditahan, baru yang ini."),
    "unreadable": N_(
        "Minta petugas memperbarui aplikasinya, lalu bandingkan dengan barang di tempat."
    ),
    "sequence_reused": N_(
        "Mungkin teleponnya dipulihkan dari cadangan. Bandingkan dengan catatan petugas."
    ),
    "gap": N_(
        "Baris di antaranya tidak pernah tiba. Tanyakan kepada petugas apa yang diserahkan saat "
        "itu, dan apakah teleponnya dipulihkan dari cadangan."
    ),
    "chain_broken": N_(
        "Mungkin teleponnya dipulihkan dari cadangan, atau catatannya diubah. Bandingkan dengan "
        "barang yang keluar."
    ),
    "bad_signature": N_(
        "Isinya tidak dijamin telepon itu. Jangan dilepas sebelum mitra membuktikan penyerahannya."
    ),
}
STATES = {
    "open": N_("Menunggu putusan"),
    "judged": N_("Sudah diputuskan"),
    "all": N_("Semua"),
}
# Reasons that say when, where or until when, said without it for a count of many.
SHORT = {
    "already_redeemed": N_("Sudah diambil sebelumnya"),
    "entitlement_leased": N_("Dipinjam terminal lain"),
}

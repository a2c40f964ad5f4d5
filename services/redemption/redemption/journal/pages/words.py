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

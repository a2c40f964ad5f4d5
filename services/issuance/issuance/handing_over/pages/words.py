"""The words of the hand-over's pages: who took a card, why one came back, what is odd."""

from common.web.languages import N_

COLLECTORS = {
    "head": N_("Kepala keluarga sendiri"),
    "family_member": N_("Anggota keluarga"),
    "representative": N_("Wakil dengan surat kuasa"),
}
RELATIONS = {
    "spouse": N_("Suami atau istri"),
    "child": N_("Anak"),
    "parent": N_("Ayah atau ibu"),
    "sibling": N_("Kakak atau adik"),
    "other_family": N_("Anggota keluarga lain"),
    "neighbour": N_("Tetangga"),
    "village_staff": N_("Perangkat desa"),
    "other": N_("Lainnya"),
}
DOCUMENTS = {
    "ktp": N_("KTP"),
    "kk": N_("Kartu keluarga (KK)"),
    "surat_kuasa": N_("Surat kuasa"),
    "ktp_and_surat_kuasa": N_("KTP dan surat kuasa"),
    "none_known_personally": N_("Tanpa dokumen, saya mengenalnya"),
}
RETURN_REASONS = {
    "not_at_home": N_("Dua kali tidak bertemu"),
    "moved": N_("Sudah pindah"),
    "died": N_("Sudah meninggal"),
    "refused": N_("Tidak mau menerima"),
    "wrong_name": N_("Nama di kartu salah"),
    "not_known": N_("Tidak dikenal di desa ini"),
    "card_not_valid": N_("Kartu diblokir atau diganti"),
    "other": N_("Lainnya"),
}
HOLD_REASONS = {
    "collects_for_many": N_("Mengambil kartu untuk lebih dari dua keluarga dalam 30 hari"),
    "collector_is_staff": N_("Yang mengambil adalah petugas penyerah kartu"),
}
FLAGS = {
    "many_at_once": N_("%(measured)s penyerahan dalam satu menit"),
    "far_away": N_("%(measured)s km dari tempat penyerahan lain di desa ini"),
    "odd_hour": N_("Diserahkan malam hari, pukul %(measured)s"),
    "odd_clock": N_("Jam perangkat berbeda %(measured)s jam dari yang mungkin"),
}
QUARANTINE_REASONS = {
    "gap": N_("Ada catatan yang hilang di tengah"),
    "chain_broken": N_("Catatan tidak menyambung dengan yang sebelumnya"),
    "sequence_repeated": N_("Nomor urut catatan berulang"),
    "changed_after": N_("Catatan yang sudah diterima dikirim lagi dengan isi lain"),
    "unreadable": N_("Ada catatan yang tidak terbaca"),
}
# States of a round and outcomes of its cards, with the tone of their badge.
ROUND_STATES = {
    "ready": (N_("Siap dibawa"), "wait"),
    "out": (N_("Di desa"), "wait"),
    "back": (N_("Kembali, belum dihitung"), "wait"),
    "closed": (N_("Ditutup"), "good"),
    "cancelled": (N_("Dibatalkan"), "plain"),
}
OUTCOMES = {
    "waiting": (N_("Belum ada kabar"), "plain"),
    "handed_over": (N_("Diserahkan"), "good"),
    "returned": (N_("Kembali"), "wait"),
    "not_counted": (N_("Di keluarga, belum berlaku"), "bad"),
}
SETTLED = {
    "returned": N_("Kartu ada di tas pendamping"),
    "with_family": N_("Kartu ada di tangan keluarga"),
}
DONE = {
    "declared": N_("Data Anda sudah dicatat."),
    "waits": N_("Perubahan dicatat dan menunggu keputusan petugas lain."),
    "made": N_("Putaran dibuat. Hitung kartunya saat dibawa."),
    "taken": N_("Putaran ini sekarang Anda bawa."),
    "cancelled": N_("Putaran dibatalkan. Kartunya tetap di loket."),
    "given": N_("Penyerahan dicatat."),
    "held": N_("Penyerahan dicatat, tetapi kartu belum berlaku: petugas lain memeriksanya dulu."),
    "returned": N_("Kartu yang kembali dicatat."),
    "back": N_("Anda sudah menandatangani. Petugas loket kini menghitung kartunya."),
    "closed": N_("Putaran ditutup dan cocok."),
    "settled": N_("Keputusan dicatat."),
    "released": N_("Catatan yang ditahan sudah dijalankan."),
    "confirmed": N_("Dikonfirmasi. Kartu itu sekarang berlaku."),
    "refused": N_("Ditolak. Kartu diblokir dan diganti."),
    "seen": N_("Ditandai sudah dilihat."),
    "decided": N_("Keputusan dicatat."),
    "desk_done": N_("Ditandai sudah diurus."),
}

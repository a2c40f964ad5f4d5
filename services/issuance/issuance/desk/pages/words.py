"""The words of the card desk: situations, acts, reasons, who may take a card."""

from common.web.languages import N_

# What a card's state means for the person at the desk, in a sentence and with its colour.
SITUATIONS = {
    "ordered": (N_("Kartu sedang ditandatangani. Tunggu beberapa detik."), "wait"),
    "signed": (N_("Kartu siap dicetak."), "plain"),
    "in_print": (N_("Kartu sedang dicetak."), "wait"),
    "printed": (
        N_("Kartu sudah dicetak, tetapi belum dihitung dan diterima di loket."),
        "wait",
    ),
    "at_desk": (N_("Kartu ada di loket. Serahkan kepada keluarga."), "plain"),
    "handed_over": (
        N_("Kartu sudah diserahkan, dan berlaku setelah diperiksa petugas lain."),
        "wait",
    ),
    "active": (N_("Kartu ada pada keluarga dan berlaku."), "good"),
    "blocked": (N_("Kartu diblokir. Mitra menolaknya."), "bad"),
    "replaced": (N_("Kartu sudah diganti dan tidak berlaku lagi."), "bad"),
    "revoked": (N_("Kartu sudah dicabut. Keluarga ini tidak mempunyai kartu."), "bad"),
    "expired": (N_("Masa berlaku kartu sudah habis."), "bad"),
}

REASON_WORDS = {
    "head": N_("Kepala keluarga sendiri"),
    "family_member": N_("Anggota keluarga"),
    "representative": N_("Wakil dengan surat kuasa"),
    "lost": N_("Hilang"),
    "stolen": N_("Dicuri"),
    "damaged": N_("Rusak"),
    "suspected_misuse": N_("Diduga disalahgunakan"),
    "family_asked": N_("Permintaan keluarga"),
    "found": N_("Sudah ditemukan"),
    "cleared": N_("Sudah diperiksa, tidak ada masalah"),
    "name_changed": N_("Nama kepala keluarga berubah"),
    "printing_fault": N_("Salah cetak"),
    "family_left": N_("Keluarga pindah dari Kalimantan Tengah"),
    "issued_in_error": N_("Diterbitkan karena kesalahan"),
    "died_without_family": N_("Meninggal tanpa ahli waris"),
    "enrolled": N_("Ditetapkan sebagai penerima"),
    "enrolment_suspended": N_("Penetapan ditangguhkan oleh dinas"),
    "enrolment_resumed": N_("Penetapan berlaku lagi"),
    "enrolment_ended": N_("Penetapan berakhir"),
    "person_died": N_("Semua anggota keluarga meninggal"),
    "moved_out": N_("Keluarga pindah dari Kalimantan Tengah"),
    "merged_away": N_("Keluarga bergabung dengan keluarga lain"),
    "left": N_("Keluarga keluar dari program"),
    "print_batch": N_("Masuk berkas cetak"),
    "print_file_made": N_("Berkas cetak selesai"),
    "lost_in_post": N_("Hilang dalam perjalanan dari percetakan"),
    "print_received": N_("Diterima dari percetakan"),
    "printed_at_desk": N_("Dicetak sendiri di loket"),
    "printed_before_counts": N_("Dicetak sebelum kartu dihitung"),
    "print_cancelled": N_("Berkas cetak dibatalkan"),
    "print_left_out": N_("Dikeluarkan dari berkas cetak"),
    "moved_in_province": N_("Keluarga pindah ke desa lain"),
    "over": N_("Masa berlaku habis"),
    "demonstration": N_("Data contoh"),
    "ran_out": N_("Masa berlaku kartu lama habis"),
    "in_hand": N_("Sudah di tangan keluarga"),
    "blocked": N_("Diblokir sebelum dicetak"),
    "key_compromised": N_("Kunci kartu tidak aman lagi"),
    "": "",
}

ACTORS = {
    "registry": N_("Registri"),
    "signing": N_("Penanda tangan"),
    "printing": N_("Percetakan"),
    "expiry": N_("Masa berlaku"),
}

COLLECTORS = {
    "head": N_("Kepala keluarga"),
    "family_member": N_("Anggota keluarga"),
    "representative": N_("Wakil"),
}
RELATIONS = {
    "spouse": N_("Suami atau istri"),
    "child": N_("Anak"),
    "parent": N_("Orang tua"),
    "sibling": N_("Saudara kandung"),
    "other_family": N_("Keluarga lain"),
    "neighbour": N_("Tetangga"),
    "village_staff": N_("Perangkat desa"),
    "other": N_("Lainnya"),
}
DOCUMENTS = {
    "ktp": N_("KTP"),
    "kk": N_("Kartu Keluarga"),
    "surat_kuasa": N_("Surat kuasa"),
    "ktp_and_surat_kuasa": N_("KTP dan surat kuasa"),
    "none_known_personally": N_("Tanpa dokumen, dikenal langsung"),
}
PIN_DOCUMENTS = {
    "ktp": N_("KTP"),
    "kk": N_("Kartu Keluarga"),
    "sim": N_("SIM"),
    "passport": N_("Paspor"),
    "village_letter": N_("Surat keterangan desa"),
}

WHYS = {
    "replace": N_("Kepala keluarga sudah berganti"),
    "runs_out": N_("Masa berlaku hampir habis"),
    "no_card": N_("Belum ada kartu yang berlaku"),
}

DONE = {
    "asked": N_(
        "Penggantian diajukan: keluarga ini sudah beberapa kali mengganti kartu. "
        "Petugas lain harus menyetujuinya. Blokir kartunya sekarang."
    ),
    "print": N_("Kartu masuk antrean cetak."),
    "hand_over": N_("Kartu sudah diserahkan dan berlaku."),
    "held": N_("Penyerahan dicatat. Kartu berlaku setelah petugas lain memeriksanya."),
    "pin": N_("PIN sudah diatur."),
    "photo": N_("Foto sudah disimpan."),
    "photo_removed": N_("Foto sudah dihapus."),
    "issue": N_("Kartu baru dipesan dan sedang dibuat."),
    "block": N_("Kartu sudah diblokir. Mitra menolaknya mulai sekarang."),
    "unblock": N_("Blokir sudah dibuka. Kartu berlaku lagi."),
    "replace": N_("Kartu lama sudah tidak berlaku. Kartu baru sedang dibuat."),
    "revoke": N_("Kartu sudah dicabut."),
    "declared": N_("Data Anda sudah dicatat."),
    "waits": N_("Perubahan Anda menunggu keputusan petugas lain"),
    "ended": N_(
        "Kartu yang baru dipindai atau diketik sudah tidak berlaku. "
        "Di bawah ini kartu keluarga itu yang terakhir."
    ),
}
# What is said of them asks for something else than to go on.
TO_HEED = ("asked", "held", "ended", "waits")

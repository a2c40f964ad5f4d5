"""The words of the card desk for acts and reasons."""

from common.web.languages import N_

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
    "": "",
}

DONE = {
    "hand_over": N_("Kartu sudah diserahkan dan aktif."),
    "block": N_("Kartu sudah diblokir. Mitra menolaknya mulai sekarang."),
    "unblock": N_("Blokir sudah dibuka. Kartu berlaku lagi."),
    "replace": N_("Kartu lama sudah tidak berlaku. Kartu baru sedang dibuat."),
    "revoke": N_("Kartu sudah dicabut."),
}

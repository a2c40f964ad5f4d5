"""How the planning and closing of a distribution day is refused, and what to do then."""

from common.problems import RefusalText

REFUSALS = {
    "distribution_in_the_past": RefusalText(
        422,
        "Tanggal ini sudah lewat",
        "This date has passed",
        "Pilih hari ini atau sesudahnya.",
        "Choose today or a later day.",
    ),
    "distribution_too_far": RefusalText(
        422,
        "Tanggal ini terlalu jauh",
        "This date is too far ahead",
        "Pilih paling lama {days} hari dari sekarang.",
        "Choose at most {days} days from now.",
    ),
    "distribution_villages": RefusalText(
        422,
        "Pilih desanya: satu sampai {most}",
        "Choose the villages: one to {most}",
        "Tandai desa yang keluarganya dilayani pada hari itu.",
        "Tick the villages whose families are served that day.",
    ),
    "distribution_terminals": RefusalText(
        422,
        "Pilih terminalnya: satu sampai {most}",
        "Choose the terminals: one to {most}",
        "Tandai telepon loket mitra yang dipakai pada hari itu.",
        "Tick the partner's counter phones that are used that day.",
    ),
    "distribution_not_served": RefusalText(
        409,
        "Mitra ini tidak melayani salah satu desa itu",
        "This partner does not serve one of these villages",
        "Pilih desa di wilayah layanan mitra, atau mitra lain.",
        "Choose villages in the partner's regions, or another partner.",
    ),
    "distribution_state": RefusalText(
        409,
        "Hari penyaluran ini tidak lagi dapat diubah begitu",
        "This distribution day cannot be changed in that way any more",
        "Muat ulang halamannya dan lihat keadaannya sekarang.",
        "Reload the page and see how it stands now.",
    ),
    "distribution_unexplained": RefusalText(
        422,
        "Jumlahnya tidak cocok",
        "The numbers do not add up",
        "Jelaskan selisihnya, atau perbaiki catatan barangnya, lalu tanda tangani.",
        "Explain the difference, or put the stock notes right, then sign.",
    ),
    "distribution_report_changed": RefusalText(
        409,
        "Angkanya sudah berubah sejak halaman ini dibuka",
        "The numbers have changed since this page was opened",
        "Baca angka yang baru, lalu tanda tangani lagi.",
        "Read the new numbers, then sign again.",
    ),
    "distribution_signed_already": RefusalText(
        409,
        "Anda sudah menandatangani laporan ini",
        "You have signed this report already",
        "Tanda tangan kedua harus dari orang lain.",
        "The second signature must come from another person.",
    ),
    "distribution_report_frozen": RefusalText(
        409,
        "Laporannya sudah ditandatangani satu pihak",
        "One side has signed the report already",
        "Catatan barang tidak dapat diubah lagi. Tulis selisihnya pada hari penyaluran berikutnya.",
        "Stock notes cannot be changed any more. Note the difference on the next day.",
    ),
}

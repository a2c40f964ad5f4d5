"""How reports refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "period_unreadable": RefusalText(
        422,
        "Periode ini tidak dapat dibaca.",
        "This period can't be read.",
        "Tulis triwulan, bulan, atau tanggal, misalnya 2026-Q3, 2026-09, atau 2026-09-30.",
        "Write a quarter, a month or a day, such as 2026-Q3, 2026-09 or 2026-09-30.",
    ),
    "dataset_empty": RefusalText(
        409,
        "Belum ada data untuk dihitung.",
        "There is nothing to count yet.",
        "Simpan impor, putuskan, atau tetapkan daftar lebih dahulu.",
        "Commit an import, decide, or approve a list first.",
    ),
    "dataset_too_long": RefusalText(
        409,
        "Tabel ini lebih dari {rows_max} baris.",
        "This table has more than {rows_max} rows.",
        "Minta pengelola memecah data set ini.",
        "Ask the maintainers to split this data set.",
    ),
    "release_closed": RefusalText(
        409,
        "Rilis ini sudah diterbitkan atau dikembalikan.",
        "This release was already published or returned.",
        "Siapkan rilis baru bila perlu.",
        "Prepare a new release if needed.",
    ),
    "same_person_prepared": RefusalText(
        403,
        "Anda sendiri yang menyiapkan rilis ini.",
        "You prepared this release yourself.",
        "Walidata lain yang memeriksa dan menerbitkannya.",
        "Another data steward checks and publishes it.",
    ),
    "release_changed": RefusalText(
        409,
        "Isi rilis tidak sama dengan yang Anda lihat.",
        "The release is not what you were shown.",
        "Buka lagi halaman rilis, lalu periksa ulang.",
        "Open the release again and check it anew.",
    ),
    "release_fails_checks": RefusalText(
        409,
        "Rilis ini tidak lolos pemeriksaan: {checks}.",
        "This release does not pass its checks: {checks}.",
        "Kembalikan kepada penyusun dengan alasannya.",
        "Return it to whoever prepared it, with the reason.",
    ),
    "period_published_already": RefusalText(
        409,
        "Periode ini sudah diterbitkan untuk data set ini.",
        "This period was already published for this data set.",
        "Terbitkan dengan periode lain, misalnya dengan tanggal.",
        "Publish under another period, such as a day.",
    ),
}

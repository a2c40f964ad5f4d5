"""How matching refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "pair_decided": RefusalText(
        409,
        "Pasangan ini sudah diputuskan oleh {name}",
        "This pair was decided by {name}",
        "Lanjutkan ke pasangan berikutnya.",
        "Go on to the next pair.",
    ),
    "pair_changed": RefusalText(
        409,
        "Salah satu catatan ini baru saja berubah",
        "One of these records has just changed",
        "Muat ulang, bandingkan lagi, lalu putuskan.",
        "Reload, compare again, then decide.",
    ),
    "keep_the_one_with_nik": RefusalText(
        409,
        "Catatan yang disimpan belum punya NIK, yang ditutup punya",
        "The record to be kept has no NIK, the one to be closed has",
        "Pilih catatan yang punya NIK untuk disimpan.",
        "Choose to keep the record that has a NIK.",
    ),
    "merge_enrolled_family": RefusalText(
        409,
        "Keluarga dari catatan yang akan ditutup sedang menerima bantuan",
        "The family of the record to be closed is enrolled",
        "Simpan catatan itu dan tutup yang lain, atau catat dahulu perubahan keluarganya di "
        "halaman Perubahan.",
        "Keep that record and close the other, or first record the family's change on the page "
        "Changes.",
    ),
    "merge_not_standing": RefusalText(
        409,
        "Tidak ada penggabungan yang berlaku untuk pasangan ini",
        "No merge of this pair stands",
        "Muat ulang halaman untuk melihat keadaan terakhir.",
        "Reload the page to see how it is now.",
    ),
    "merge_undo_later_first": RefusalText(
        409,
        "Catatan yang disimpan sudah digabungkan lagi ke catatan lain",
        "The record that was kept has since been merged into another",
        "Batalkan penggabungan yang lebih baru dahulu.",
        "Undo the newer merge first.",
    ),
    "maybe_known": RefusalText(
        409,
        "Orang ini mungkin sudah tercatat",
        "This person may be recorded already",
        "Bandingkan dengan yang mirip. Jika memang orang lain, tulis alasannya lalu simpan.",
        "Compare with those alike. If it is someone else, say why and save.",
    ),
    "nik_known": RefusalText(
        409,
        "NIK ini sudah dipakai warga lain",
        "This NIK belongs to another person already",
        "Cari NIK ini di halaman Keluarga, atau periksa KTP-nya sekali lagi.",
        "Search for this NIK on the page Families, or check the identity card again.",
    ),
}

"""How requests about personal data are refused."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "received_in_future": RefusalText(
        422,
        "Waktu itu belum tiba",
        "That moment has not come yet",
        "Isi tanggal dan jam yang sudah lewat.",
        "Give a date and time that has passed.",
    ),
    "correction_value_wrong": RefusalText(
        422,
        "Isi perbaikan tidak dapat dipakai",
        "The proposed value cannot be used",
        "Pilih bidangnya, isi nilai yang sesuai, dan sebutkan buktinya.",
        "Choose the field, give a value that fits it, and name the evidence.",
    ),
    "nik_of_another": RefusalText(
        409,
        "NIK itu sudah tercatat pada orang lain",
        "That NIK is already recorded for somebody else",
        "Periksa KTP keduanya; bila orangnya sama, putuskan di halaman Data ganda.",
        "Check both identity cards; if it is one person, decide on the duplicates page.",
    ),
    "own_request": RefusalText(
        403,
        "Permintaan ini Anda catat sendiri",
        "You recorded this request yourself",
        "Perbaikan dan penghapusan diputuskan oleh orang lain.",
        "Corrections and erasures are decided by somebody else.",
    ),
    "request_answered": RefusalText(
        409,
        "Permintaan ini sudah dijawab",
        "This request has been answered",
        "Buka permintaannya untuk melihat jawabannya.",
        "Open the request to see the answer.",
    ),
    "payments_must_stay": RefusalText(
        409,
        "Keluarga ini punya catatan bantuan yang harus tersimpan",
        "This family has payment records that must be kept",
        "Tolak dengan dasar UU 27/2022 pasal 15; datanya terhapus bila masa simpannya berakhir.",
        "Refuse it under UU 27/2022 art. 15; the data go when their retention is over.",
    ),
    "not_a_copy_request": RefusalText(
        409,
        "Permintaan ini bukan permintaan salinan",
        "This is not a request for a copy",
        "Catat permintaan salinan data dahulu.",
        "Record a request for a copy first.",
    ),
    "decided_elsewhere": RefusalText(
        403,
        "Permintaan ini dijawab petugas pelindungan data",
        "This request is answered by the data protection officer",
        "Di halaman ini hanya perbaikan dan penghapusan yang diputuskan.",
        "Only corrections and erasures are decided on this page.",
    ),
}

"""How reading and searching families is refused."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "search_incomplete": RefusalText(
        422,
        "Pilih wilayah dahulu, atau cari dengan NIK, nomor KK, atau nomor kartu",
        "Choose a region first, or search by NIK, KK number or card number",
        "Di satu desa nama paling sedikit dua huruf, di wilayah yang lebih luas tiga huruf.",
        "In one village a name needs at least two letters, in a larger region three.",
    ),
    "card_number_mistyped": RefusalText(
        422,
        "Nomor kartu salah ketik",
        "The card number is mistyped",
        "Cocokkan 14 huruf dan angka pada kartu, lalu cari lagi.",
        "Compare the 14 letters and digits with the card and search again.",
    ),
    "person_restricted": RefusalText(
        403,
        "Data ini sedang dibatasi atas permintaan pemiliknya",
        "These data are restricted at the request of the person",
        "Hubungi petugas pelindungan data.",
        "Ask the data protection officer.",
    ),
    "person_erased": RefusalText(
        410,
        "Data keluarga ini sudah dihapus",
        "The data of this family have been erased",
        "Catatan kapan dan mengapa ada pada petugas pelindungan data.",
        "The data protection officer has the record of when and why.",
    ),
    "number_not_16_digits": RefusalText(
        422,
        "NIK dan nomor KK terdiri dari 16 angka",
        "A NIK or KK number has 16 digits",
        "Periksa nomornya pada dokumen, lalu cari lagi.",
        "Check the number on the document and search again.",
    ),
}

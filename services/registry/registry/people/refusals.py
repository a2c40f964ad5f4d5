"""How reading and searching families is refused."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "search_incomplete": RefusalText(
        422,
        "Pilih desa dahulu, atau cari dengan NIK atau nomor KK",
        "Choose a village first, or search by NIK or KK number",
        "Pilih desa atau kelurahan; nama paling sedikit dua huruf.",
        "Choose a village; a name needs at least two letters.",
    ),
    "number_not_16_digits": RefusalText(
        422,
        "NIK dan nomor KK terdiri dari 16 angka",
        "A NIK or KK number has 16 digits",
        "Periksa nomornya pada dokumen, lalu cari lagi.",
        "Check the number on the document and search again.",
    ),
}

"""How a search at the desk is refused, in both languages."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "kk_unknown": RefusalText(
        404,
        "Tidak ada penerima dengan nomor KK itu",
        "No family here has that KK number",
        "Bandingkan ke-16 angkanya dengan Kartu Keluarga. Hanya keluarga pada daftar penerima "
        "yang disetujui yang ada di sini.",
        "Compare the 16 digits with the family card. Only families on an approved list are here.",
    ),
    "kk_number_mistyped": RefusalText(
        422,
        "Itu bukan nomor KK",
        "That is not a KK number",
        "Nomor KK terdiri dari 16 angka dan dimulai dengan kode wilayah. "
        "Anda mengetik {digits} angka.",
        "A KK number has 16 digits and begins with a region code. You typed {digits} digits.",
    ),
    "too_many_unknown_numbers": RefusalText(
        429,
        "Terlalu banyak nomor KK yang tidak ada di sini",
        "Too many KK numbers that are not here",
        "Dalam satu jam {tries} nomor tidak ditemukan. Cari dengan nama dan desa atau kartunya, "
        "atau tunggu satu jam.",
        "Within an hour {tries} numbers were not found. Search by name and village or by the card, "
        "or wait an hour.",
    ),
    "card_text_damaged": RefusalText(
        422,
        "Kode QR tidak terbaca utuh",
        "The QR code was not read whole",
        "Bersihkan kartunya, lalu pindai lagi, atau ketik nomor kartunya.",
        "Wipe the card and scan it again, or type the card number.",
    ),
    "card_forged": RefusalText(
        409,
        "Kode QR ini bukan buatan kita",
        "This QR code was not made by us",
        "Jangan kembalikan kartunya. Catat siapa yang membawanya dan laporkan kepada atasan Anda.",
        "Do not give the card back. Note who brought it and report it to your superior.",
    ),
}

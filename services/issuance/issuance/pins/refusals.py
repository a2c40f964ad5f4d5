"""How setting a PIN is refused, in both languages."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "pin_not_set_up": RefusalText(
        503,
        "PIN belum dapat diatur di sini",
        "PINs cannot be set here yet",
        "Kartu tetap dapat diserahkan. Beri tahu pengelola sistem: PIN_PUBLIC_KEY belum ada.",
        "The card can be handed over all the same. Tell those who run the system: "
        "PIN_PUBLIC_KEY is missing.",
    ),
    "pin_card_not_given": RefusalText(
        409,
        "PIN diatur setelah kartu dicetak dan tidak diblokir",
        "A PIN is set once the card is printed, and while it is not blocked",
        "Serahkan kartunya dahulu, atau buka blokirnya.",
        "Hand the card over first, or unblock it.",
    ),
    "pin_document_needed": RefusalText(
        422,
        "Dokumen belum dilihat",
        "No document was seen",
        "Kartu ini sudah mempunyai PIN. Minta dokumen, pilih dokumennya, lalu ganti PIN.",
        "This card has a PIN already. Ask for a document, choose which it was, then change it.",
    ),
    "pin_pad_expired": RefusalText(
        410,
        "Waktu untuk mengatur PIN sudah habis",
        "The time to set the PIN is over",
        "Minta petugas membukanya lagi.",
        "Ask the clerk to open it again.",
    ),
    "pin_code_unknown": RefusalText(
        404,
        "Kode itu tidak berlaku",
        "That code does not count",
        "Periksa kedelapan huruf dan angkanya. Kode hanya berlaku beberapa menit dan sekali pakai.",
        "Check the eight letters and digits. A code counts for a few minutes and once.",
    ),
    "pin_not_six_digits": RefusalText(
        422,
        "PIN terdiri dari 6 angka",
        "A PIN has 6 digits",
        "Pilih enam angka, lalu ketik sekali lagi.",
        "Choose six digits, then type them once more.",
    ),
    "pins_differ": RefusalText(
        422,
        "Kedua PIN tidak sama",
        "The two PINs differ",
        "Pilih PIN lagi, lalu ulangi persis sama.",
        "Choose the PIN again, then repeat it exactly.",
    ),
    "pin_weak_repeated": RefusalText(
        422,
        "Satu angka yang diulang mudah ditebak",
        "One digit repeated is easily guessed",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_in_a_row": RefusalText(
        422,
        "Angka berurutan mudah ditebak",
        "Digits in a row are easily guessed",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_pairs": RefusalText(
        422,
        "Pola yang berulang mudah ditebak",
        "A repeated pattern is easily guessed",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_year": RefusalText(
        422,
        "Tahun lahir mudah ditebak",
        "A year of birth is easily guessed",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_date": RefusalText(
        422,
        "Tanggal lahir mudah ditebak",
        "A date of birth is easily guessed",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_common": RefusalText(
        422,
        "PIN itu terlalu sering dipakai orang",
        "Too many people use that PIN",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
    "pin_weak_on_the_card": RefusalText(
        422,
        "Angka itu tertulis pada kartunya",
        "Those digits are written on the card",
        "Pilih enam angka yang lain.",
        "Choose six other digits.",
    ),
}

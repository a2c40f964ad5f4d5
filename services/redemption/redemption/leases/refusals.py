"""How this room says no."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "nothing_to_lease": RefusalText(
        409,
        "Tidak ada hak yang dapat dipinjam di sini",
        "There is nothing here that can be leased",
        "Semua sudah diambil atau sedang dipinjam terminal lain. Pilih desa lain, atau tanyakan "
        "terminal mana yang memegangnya.",
        "Everything was collected or is leased to another terminal. Choose another village, or "
        "ask which terminal holds it.",
    ),
    "lease_too_large": RefusalText(
        409,
        "Terlalu banyak keluarga untuk satu terminal: {families}",
        "Too many families for one terminal: {families}",
        "Paling banyak {most} keluarga. Pilih lebih sedikit desa, atau bagi menurut huruf akhir "
        "nomor kartu.",
        "At most {most} families. Choose fewer villages, or divide them by the last character "
        "of the card number.",
    ),
    "lease_over": RefusalText(
        409,
        "Pinjaman ini sudah berakhir",
        "This lease is over already",
        "Tidak ada yang perlu dilakukan: haknya sudah bebas.",
        "Nothing to do: the rights are free.",
    ),
}

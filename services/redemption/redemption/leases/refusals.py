"""How this room says no."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "nothing_to_lease": RefusalText(
        409,
        "Tidak ada hak yang dapat dipinjam di sini",
        "There is nothing here that can be leased",
        "Semua sudah diambil atau sedang dipinjam HP lain. Pilih desa lain, atau tanyakan "
        "HP mana yang memegangnya.",
        "Everything was collected or is leased to another phone. Choose another village, or "
        "ask which phone holds it.",
    ),
    "journal_unsent": RefusalText(
        409,
        "Catatan HP ini belum terkirim semua: {lines}",
        "This phone has not sent everything yet: {lines}",
        "Kirim dahulu semua catatan, lalu ambil pinjaman lagi. Yang sudah diserahkan jangan sampai "
        "disisihkan untuk kedua kali.",
        "Send everything first, then take the lease again. What was given already must not be set "
        "aside a second time.",
    ),
    "lease_too_large": RefusalText(
        409,
        "Terlalu banyak keluarga untuk satu HP: {families}",
        "Too many families for one phone: {families}",
        "Paling banyak {most} keluarga. Pilih lebih sedikit desa, atau bagi menurut huruf akhir "
        "nomor kartu.",
        "At most {most} families. Choose fewer villages, or divide them by the last character "
        "of the card number.",
    ),
    "lease_holds_enough": RefusalText(
        409,
        "HP ini sudah memegang {held} keluarga",
        "This phone holds {held} families already",
        "Paling banyak {most} keluarga sekaligus. Kembalikan pinjaman yang tidak dipakai, lalu "
        "pinjam lagi.",
        "At most {most} families at once. Give back a lease that is not used, and ask again.",
    ),
    "lease_told_enough": RefusalText(
        429,
        "HP ini sudah meminjam terlalu banyak keluarga hari ini",
        "This phone has leased too many families today",
        "Paling banyak {most} keluarga dalam 24 jam. Layani dengan jaringan, pakai HP lain, "
        "atau hubungi pengawas.",
        "At most {most} families in 24 hours. Serve with network, use another phone, or call "
        "the supervisor.",
    ),
    "lease_over": RefusalText(
        409,
        "Pinjaman ini sudah berakhir",
        "This lease is over already",
        "Tidak ada yang perlu dilakukan: haknya sudah bebas.",
        "Nothing to do: the rights are free.",
    ),
}

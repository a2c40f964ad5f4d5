"""How flags refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "flag_in_future": RefusalText(
        422,
        "Tanggal keterangan ini belum terjadi",
        "The date of this statement lies in the future",
        "Isi tanggal keterangan itu dibuat.",
        "Enter the day on which it was said.",
    ),
    "flag_open_already": RefusalText(
        409,
        "Tanda ini sudah ada dan masih terbuka",
        "This flag is there already and still open",
        "Selesaikan tanda yang ada, atau sebut sumber yang lain.",
        "Clear the one that is there, or name another source.",
    ),
    "flag_cleared": RefusalText(
        409,
        "Tanda ini sudah diselesaikan oleh {name}",
        "This flag was cleared by {name}",
        "Muat ulang halaman untuk melihat alasannya.",
        "Reload the page to see why.",
    ),
    "flag_cleared_elsewhere": RefusalText(
        409,
        "Tanda ini selesai dengan sendirinya",
        "This flag ends by itself",
        "Putuskan hal yang ditandainya di halamannya sendiri.",
        "Decide what it is about, on the page of that.",
    ),
    "same_person_raised": RefusalText(
        403,
        "Anda sendiri yang memasang tanda ini",
        "You raised this flag yourself",
        "Minta orang lain yang berwenang untuk memeriksanya.",
        "Ask someone else who may to check it.",
    ),
}

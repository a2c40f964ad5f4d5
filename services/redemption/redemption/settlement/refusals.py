"""How settlements say no."""

from common.problems import RefusalText

REFUSALS = {
    "period_not_over": RefusalText(
        409,
        "Masa ini belum selesai",
        "This period is not over",
        "Pilih hari terakhir yang sudah lewat, paling cepat satu jam setelah tengah malam.",
        "Choose a last day that is over, at the earliest one hour after midnight.",
    ),
    "period_settled": RefusalText(
        409,
        "Masa sampai {last_on} sudah dihitung",
        "The time up to {last_on} is settled already",
        "Pilih hari terakhir sesudah itu. Yang terlambat masuk ke masa berikutnya.",
        "Choose a later last day. What came late is in the next one.",
    ),
    "earlier_debt": RefusalText(
        409,
        "Pelunasan sampai {last_on} masih terbuka, dan mitra kelebihan bayar di situ",
        "The settlement up to {last_on} is open, and the partner was paid too much in it",
        "Setujui pelunasan itu supaya kelebihannya dipotong di masa ini, atau tarik kembali dan "
        "hitung ulang sampai hari yang lebih akhir.",
        "Approve that one, so that the debt is deducted in this one, or withdraw it and settle up "
        "to a later day.",
    ),
    "nothing_to_settle": RefusalText(
        409,
        "Tidak ada yang perlu dihitung",
        "There is nothing to settle",
        "Mitra ini belum menyerahkan apa pun yang belum dihitung sampai hari itu.",
        "By that day this partner gave nothing that is not settled yet.",
    ),
    "settlement_elsewhere": RefusalText(
        409,
        "Keadaan pelunasan ini sudah berubah",
        "This settlement has moved on",
        "Muat ulang halaman untuk melihat giliran siapa sekarang.",
        "Reload the page to see whose turn it is.",
    ),
    "later_settlement": RefusalText(
        409,
        "Sudah ada pelunasan untuk masa sesudahnya",
        "There is a settlement for a later time",
        "Tarik kembali yang terakhir dahulu, supaya tidak ada hari yang terlewat.",
        "Withdraw the last one first, so that no day is left out.",
    ),
    "settlement_sum_differs": RefusalText(
        409,
        "Jumlahnya bukan yang ada di pelunasan ini",
        "This is not what the settlement says",
        "Yang tercatat Rp{rupiah}. Baca pelunasannya sekali lagi sebelum menyepakatinya.",
        "It says Rp{rupiah}. Read the settlement again before you agree to it.",
    ),
}

"""How the room of rules for work without network says no."""

from common.problems import RefusalText

REFUSALS = {
    "policy_allows_nothing": RefusalText(
        422,
        "Aturan ini tidak mengizinkan apa pun",
        "This rule allows nothing",
        "Isi batas jumlah atau rupiah, dan berapa kali per terminal; atau pilih tidak boleh.",
        "Fill in a number or rupiah, and how often per terminal; or choose not allowed.",
    ),
    "lease_hours_wrong": RefusalText(
        422,
        "Lamanya pinjaman di luar batas",
        "The length of a lease is out of bounds",
        "Isi 1 sampai {hours} jam.",
        "Enter 1 to {hours} hours.",
    ),
}

"""How this service says no: every refusal's words, in both languages, and its HTTP status."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "key_unknown": RefusalText(
        404,
        "Kunci ini tidak ada",
        "There is no such key",
        "Lihat daftar kunci.",
        "Look at the list of keys.",
    ),
    "key_state_impossible": RefusalText(
        409,
        "Keadaan kunci tidak dapat diubah seperti itu",
        "A key cannot change in that way",
        "Kunci kini “{old}”; dari situ tidak bisa menjadi “{new}”.",
        "The key is “{old}”; it cannot become “{new}” from there.",
    ),
}

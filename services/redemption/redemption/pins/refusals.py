"""How a counter says no to a PIN."""

from common.problems import RefusalText

REFUSALS = {
    "pin_needed": RefusalText(
        422,
        "PIN belum diisi",
        "No PIN was entered",
        "Minta pemegang kartu mengetik PIN enam angka, atau cocokkan namanya.",
        "Ask the holder to type the six-digit PIN, or compare the name.",
    ),
    "pin_wrong": RefusalText(
        409,
        "PIN salah; sisa {attempts_left} kali mencoba",
        "The PIN is wrong; {attempts_left} attempts are left",
        "Minta pemegang kartu mengetik lagi dengan tenang. Jika lupa PIN, cocokkan nama pada kartu "
        "dengan KTP; haknya tetap ada.",
        "Ask the holder to type it again without haste. If it is forgotten, compare the name on "
        "the card with the ID card; the right is still there.",
    ),
    "pin_locked": RefusalText(
        409,
        "PIN kartu ini terkunci",
        "The PIN of this card is locked",
        "Haknya tetap ada. Cocokkan nama pada kartu dengan KTP untuk menyerahkan sekarang, dan "
        "arahkan keluarga ke loket kartu untuk PIN baru.",
        "The right is still there. Compare the name on the card with the ID card to give now, and "
        "send the family to the card desk for a new PIN.",
    ),
    "pin_paused": RefusalText(
        409,
        "Terlalu banyak PIN salah di loket ini",
        "Too many wrong PINs at this counter",
        "Haknya tetap ada, dan PIN kartu ini tidak terkunci. Cocokkan nama pada kartu dengan KTP "
        "untuk menyerahkan sekarang; PIN dapat dipakai lagi di sini dalam satu jam.",
        "The right is still there, and this card's PIN is not locked. Compare the name on the card "
        "with the ID card to give now; PINs can be used here again within an hour.",
    ),
    "pin_not_set": RefusalText(
        409,
        "Kartu ini belum punya PIN",
        "This card has no PIN yet",
        "Cocokkan nama pada kartu dengan KTP. PIN dapat dibuat di loket kartu.",
        "Compare the name on the card with the ID card. A PIN can be made at the card desk.",
    ),
}

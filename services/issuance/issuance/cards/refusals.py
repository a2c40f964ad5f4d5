"""How orders and replacements say no, in both languages."""

from common.problems import RefusalText

REFUSALS = {
    "not_enrolled": RefusalText(
        409,
        "Tidak ada penetapan yang berlaku untuk keluarga ini",
        "No enrolment of this family runs",
        "Keluarga dapat bertanya atau menyanggah melalui desanya. Kartu dipesan lagi sendiri "
        "setelah keluarga ditetapkan.",
        "The family can ask or object through its village. A card is ordered by itself once the "
        "family is enrolled.",
    ),
    "replacement_needs_another": RefusalText(
        403,
        "Penggantian ini perlu petugas kedua",
        "This replacement needs a second clerk",
        "Keluarga ini sudah beberapa kali kehilangan atau merusakkan kartu dalam setahun. Blokir "
        "kartunya, ajukan penggantian, lalu minta petugas lain memeriksa dan menyetujuinya.",
        "This family has lost or broken its card several times within a year. Block the card, ask "
        "for the replacement, then let a colleague look at it and confirm.",
    ),
    "replacement_is_asked": RefusalText(
        409,
        "Penggantian kartu ini sudah diajukan",
        "A replacement of this card has been asked for",
        "Petugas lain dapat menyetujuinya sekarang dari daftar tunggu loket.",
        "Another clerk can confirm it now from the desk's waiting list.",
    ),
}

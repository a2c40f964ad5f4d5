"""How judging a signal is refused."""

from common.problems import RefusalText

REFUSALS = {
    "signal_closed": RefusalText(
        409,
        "Isyarat ini sudah diputuskan",
        "This signal was judged already",
        "Muat ulang untuk membaca putusannya.",
        "Reload to read what was decided.",
    ),
    "signal_needs_another": RefusalText(
        409,
        "Isyarat ini perlu dilihat orang lain",
        "Another person has to look at this signal",
        "Anda sudah menilainya. Minta pengawas lain melihatnya sekali lagi.",
        "You have judged it. Ask another supervisor to look once more.",
    ),
}

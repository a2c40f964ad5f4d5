"""How numbers, money, days and identity numbers look on a page."""

from datetime import date, datetime, timedelta, timezone

from babel.dates import format_date
from babel.numbers import format_decimal

# All of Kalimantan Tengah keeps western Indonesian time, which has no daylight saving: a fixed
# offset says the same as Asia/Jakarta and needs no time zone files in a small container.
WIB = timezone(timedelta(hours=7), "WIB")

# British English writes the day first, as Indonesian does.
LOCALES = {"id": "id_ID", "en": "en_GB"}
NOTHING = "—"
NIK_SHOWN = 4


class Formats:
    """The formats of one language, given to its templates by these names."""

    def __init__(self, language: str) -> None:
        self._locale = LOCALES[language]
        self._clock = "%H.%M" if language == "id" else "%H:%M"

    def number(self, value: float | None) -> str:
        """Write a number with the thousands marked: 279.434."""
        return NOTHING if value is None else format_decimal(value, locale=self._locale)

    def rupiah(self, amount_rupiah: int | None) -> str:
        """Write whole rupiah: Rp150.000."""
        if amount_rupiah is None:
            return NOTHING
        sign = "-" if amount_rupiah < 0 else ""
        return f"{sign}Rp{self.number(abs(amount_rupiah))}"

    def date(self, value: date | None) -> str:
        """Write a day: 21 November 2026. A moment is taken as the day it is in WIB."""
        if value is None:
            return NOTHING
        day = in_wib(value) if isinstance(value, datetime) else value
        return format_date(day, format="d MMMM y", locale=self._locale)

    def time(self, value: datetime | None) -> str:
        """Write the time of a moment: 14.05 WIB."""
        if value is None:
            return NOTHING
        return f"{in_wib(value).strftime(self._clock)} WIB"

    def datetime(self, value: datetime | None) -> str:
        """Write a moment: 21 November 2026, 14.05 WIB."""
        return NOTHING if value is None else f"{self.date(value)}, {self.time(value)}"


def in_wib(moment: datetime) -> datetime:
    """Return an aware moment on the clocks of Kalimantan Tengah; ValueError when it is naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be shown")
    return moment.astimezone(WIB)


def mask(number: str | None) -> str:
    """Hide the middle of a NIK or KK number: 6203********0001.

    The first four digits are the regency, the last four a serial number: enough to tell two
    people of one family apart, not enough to use the number elsewhere.
    """
    if not number:
        return NOTHING
    if len(number) <= 2 * NIK_SHOWN:
        return "*" * len(number)
    return f"{number[:NIK_SHOWN]}{'*' * (len(number) - 2 * NIK_SHOWN)}{number[-NIK_SHOWN:]}"

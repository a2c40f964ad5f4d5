"""What a complaint is about, its number with a check character, and when an answer is owed."""

from datetime import date, timedelta
from uuid import UUID

KINDS = (
    "not_received",
    "collected_by_other",
    "short_or_bad",
    "asked_for_money",
    "refused_service",
    "other",
)
STATES = ("received", "assigned", "answered", "reopened")
OPEN_STATES = ("received", "assigned", "reopened")
OUTCOMES = ("upheld", "partly", "not_upheld", "cannot_tell", "withdrawn")
WORDS_MIN, WORDS_MAX = 10, 4000
NAME_MAX = 100
ANSWER_MIN, ANSWER_MAX = 10, 2000
ROUNDS = 2
SATURDAY = 5
# Digits and letters that are not taken for one another; 31 of them, a prime, so that the check
# character finds every wrong character and every swap of two.
ALPHABET = "0123456789ABCDEFGHJKMNPQRTVWXYZ"
SYMBOLS = 8
PREFIX = "ADU"
_READ_AS = str.maketrans("OILUS", "011V5", " -._\t")
_SUM = len(ALPHABET)


def complaint_number(complaint_id: UUID) -> str:
    """Return the number on the family's receipt: "ADU-XXXX-XXXXC", the last one a check."""
    rest = complaint_id.int
    symbols = []
    for _ in range(SYMBOLS):
        rest, symbol = divmod(rest, _SUM)
        symbols.append(symbol)
    text = "".join(ALPHABET[one] for one in symbols) + ALPHABET[_check_of(symbols)]
    return f"{PREFIX}-{text[:4]}-{text[4:]}"


def parse_number(text: str) -> str | None:
    """Return a typed number as it is written, or None when it is mistyped."""
    plain = text.strip().upper().removeprefix(PREFIX).translate(_READ_AS)
    if len(plain) != SYMBOLS + 1 or any(letter not in ALPHABET for letter in plain):
        return None
    symbols = [ALPHABET.index(letter) for letter in plain]
    if _check_of(symbols[:-1]) != symbols[-1]:
        return None
    return f"{PREFIX}-{plain[:4]}-{plain[4:]}"


def _check_of(symbols: list[int]) -> int:
    # The check itself weighs 1, so the others begin at 2.
    return -sum(place * one for place, one in enumerate(symbols, 2)) % _SUM


def due_on(received_on: date, days: int, *, is_working_days: bool) -> date:
    """Return the last day on which an answer is in time.

    Saturdays and Sundays may not count; public holidays do, so that an office never has longer
    than its rule says.
    """
    if not is_working_days:
        return received_on + timedelta(days=days)
    day = received_on
    while days:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            days -= 1
    return day

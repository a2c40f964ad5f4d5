"""What an objection may be, when an answer is owed, and what a file really is; no database."""

from datetime import date, timedelta
from uuid import UUID

STATES = ("received", "examined", "upheld", "rejected", "withdrawn", "late_refused")
OPEN_STATES = ("received", "examined")
CAME_BY = ("counter", "visit")
EXAMINED_HOW = ("visit", "documents")
WORDS_CHARACTERS_MAX = 4000
REASON_CHARACTERS_MIN = 10
REASON_CHARACTERS_MAX = 1000
FILES_MAX = 5
FILE_BYTES_MAX = 5 * 1024 * 1024
SATURDAY = 5
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_LETTERS = 10
# How a file begins that a browser can show and that cannot run.
BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}
MEDIA_NAMES = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


def receipt_number(objection_id: UUID) -> str:
    """Return the number on the family's receipt: 50 random bits of the id, easy to read aloud."""
    rest = objection_id.int
    text = ""
    for _ in range(RECEIPT_LETTERS):
        text = CROCKFORD[rest & 31] + text
        rest >>= 5
    return f"SG-{text[:5]}-{text[5:]}"


def media_type(beginning: bytes) -> str | None:
    """Return what a file is by its first bytes, or None when it is none of the known kinds."""
    return next((kind for mark, kind in BEGINNINGS.items() if beginning.startswith(mark)), None)


def add_working_days(day: date, count: int) -> date:
    """Return the working day that many after `day`; Saturdays and Sundays do not count.

    Public holidays do, so that an office never has longer than its decree says.
    """
    while count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


def is_late(letter_on: date, received_on: date, days_to_object: int) -> bool:
    """Tell whether the month of the letter was over when the family came."""
    return (received_on - letter_on).days > days_to_object

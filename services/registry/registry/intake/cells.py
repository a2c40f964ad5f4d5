"""What stands in a cell: text made clean, dates, and numbers that a spreadsheet has damaged."""

import re
from datetime import date, datetime

EXPONENT = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
DECIMAL = re.compile(r"\d{12,}[.,]0+")
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(:00)?)?")
DAY_FIRST_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
EMPTY = frozenset({"", "-", "--", "NULL", "null", "N/A", "#N/A"})
OLDEST_YEAR = 1890

Cell = object  # str, float, int, bool, date, datetime, time or None, as the reader gives it.


class CellProblem(Exception):
    """A cell that can't be read; `code` is a word of `intake.texts`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text_of(cell: Cell) -> str:
    """Return a cell as text, without the spaces and marks that tools leave; empty for a dash."""
    if isinstance(cell, str):
        text = cell.replace("\u00a0", " ").strip()
        if text.startswith("'"):
            text = text[1:].strip()
        return "" if text in EMPTY else " ".join(text.split())
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def long_number(cell: Cell) -> str:
    """Return the 16 digits of a NIK or KK number, or empty. Raises CellProblem.

    A number in a number cell has only 15 true digits, whatever it looks like: the sixteenth can
    not be known, so it is refused and never repaired.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        raise CellProblem("number_damaged")
    if isinstance(cell, (date, datetime)):
        raise CellProblem("number_not_16_digits")
    text = text_of(cell).replace(" ", "")
    if not text or not text.strip("0"):
        # Villages write 0 for a NIK that is not there yet.
        return ""
    if EXPONENT.fullmatch(text) or DECIMAL.fullmatch(text):
        raise CellProblem("number_damaged")
    if len(text) != 16 or not text.isascii() or not text.isdigit():
        raise CellProblem("number_not_16_digits")
    return text


def day(cell: Cell, today: date) -> date | None:
    """Return a date, day first or ISO; None when empty. Raises CellProblem."""
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    else:
        text = text_of(cell)
        if not text:
            return None
        found = _parsed(text)
    if found > today:
        raise CellProblem("date_in_future")
    if found.year < OLDEST_YEAR:
        raise CellProblem("date_too_old")
    return found


def _parsed(text: str) -> date:
    iso = ISO_DATE.fullmatch(text)
    first = DAY_FIRST_DATE.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if first:
            return date(int(first[3]), int(first[2]), int(first[1]))
    except ValueError as error:
        raise CellProblem("date_impossible") from error
    raise CellProblem("date_unreadable")


def column_letters(column: int) -> str:
    """Return a column's letters: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

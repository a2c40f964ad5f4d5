"""What stands in a cell: text made clean, and numbers that a spreadsheet has damaged."""

import re
from datetime import date, datetime

EXPONENT = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
DECIMAL = re.compile(r"\d{12,}[.,]0+")
SIXTEEN_DIGITS = re.compile(r"[0-9]{16}").fullmatch
EMPTY = frozenset({"", "-", "--", "NULL", "null", "N/A", "#N/A"})

Cell = object  # str, float, int, bool, date, datetime, time or None, as the reader gives it.


class CellProblem(Exception):
    """A cell that can't be read; `code` is a word of `intake.texts`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text_of(cell: Cell) -> str:
    """Return a cell as text, without the spaces and marks that tools leave; empty for a dash."""
    if isinstance(cell, str):
        # Splitting takes no-break spaces for spaces too.
        text = " ".join(cell.split())
        if text[:1] == "'":
            text = text[1:].lstrip()
        return "" if text in EMPTY else text
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
    if isinstance(cell, str) and SIXTEEN_DIGITS(cell) and cell.strip("0"):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if cell == 0:
            return ""
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


def column_letters(column: int) -> str:
    """Return a column's letters: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

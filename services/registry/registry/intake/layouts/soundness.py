"""Whether a recognised file can be believed: no formulas where we read, no damaged column."""

from collections import Counter
from itertools import islice

from common.problems import Refused
from registry.intake.cells import SIXTEEN_DIGITS, column_letters, text_of
from registry.intake.layouts.shape import Reading

NUMBER_COLUMNS = {"nik": "NIK", "no_kk": "KK", "peserta": "Peserta"}
# Serials end in every digit alike, so that one column in which nearly all numbers end in 0 has
# been through a spreadsheet: it keeps 15 digits and puts a 0 for the sixteenth.
NUMBERS_MIN = 20
ENDING_IN_ZERO = 0.9
ROWS_LOOKED_AT = 5_000


def demand_sound(reading: Reading) -> None:
    """Refuse a file whose columns hold formulas or numbers that have all lost their last digit.

    Raises Refused: file_has_formulas, number_column_damaged.
    """
    _demand_no_formulas(reading)
    for name, what in NUMBER_COLUMNS.items():
        if name in reading.columns.places:
            _demand_whole_numbers(reading, name, what)


def _demand_no_formulas(reading: Reading) -> None:
    used = {*reading.columns.places.values(), -1}
    for row, column in reading.sheet.formula_cells():
        if column in used and (row >= reading.header_row or column < 0):
            at = f"{column_letters(column)}{row + 1}" if column >= 0 else "?"
            raise Refused("file_has_formulas", cell=at, sheet=reading.sheet.name)


def _demand_whole_numbers(reading: Reading, name: str, what: str) -> None:
    # A family's number stands in many rows: each number counts once.
    numbers = set()
    for number, cells in islice(reading.sheet.rows(), ROWS_LOOKED_AT):
        cell = reading.columns.cell(cells, name) if number > reading.header_row else ""
        # A number cell is refused in its own row, with its own words.
        text = text_of(cell) if isinstance(cell, str) else ""
        if SIXTEEN_DIGITS(text):
            numbers.add(text)
    if len(numbers) < NUMBERS_MIN:
        return
    ending = sum(text.endswith("0") for text in numbers)
    [(serial, same)] = Counter(text[-4:] for text in numbers).most_common(1)
    # One serial for nearly all, like …0150, was given out so; rounding leaves many of them.
    is_one_series = serial != "0000" and same >= ENDING_IN_ZERO * len(numbers)
    if ending >= ENDING_IN_ZERO * len(numbers) and not is_one_series:
        letters = column_letters(reading.columns[name])
        raise Refused(
            "number_column_damaged", what=what, column=letters, ending=ending, numbers=len(numbers)
        )

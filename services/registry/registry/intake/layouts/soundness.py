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
ROWS_LOOKED_AT = 3_000


def demand_sound(reading: Reading) -> None:
    """Refuse a file whose columns hold formulas or numbers that have all lost their last digit.

    Raises Refused: file_has_formulas, number_column_damaged.
    """
    _demand_no_formulas(reading)
    _demand_whole_numbers(reading)


def _demand_no_formulas(reading: Reading) -> None:
    used = {*reading.columns.places.values(), -1}
    for row, column in reading.sheet.formula_cells():
        if column in used and (row >= reading.header_row or column < 0):
            at = f"{column_letters(column)}{row + 1}" if column >= 0 else "?"
            raise Refused("file_has_formulas", cell=at, sheet=reading.sheet.name)


def _demand_whole_numbers(reading: Reading) -> None:
    # A family's number stands in many rows: each number counts once.
    numbers: dict[str, set[str]] = {
        name: set() for name in NUMBER_COLUMNS if name in reading.columns.places
    }
    for number, cells in islice(reading.sheet.rows(), ROWS_LOOKED_AT):
        if number <= reading.header_row:
            continue
        for name, found in numbers.items():
            cell = reading.columns.cell(cells, name)
            # A number cell is refused in its own row, with its own words.
            if isinstance(cell, str) and SIXTEEN_DIGITS(text := text_of(cell)):
                found.add(text)
    for name, found in numbers.items():
        ending = _damaged_in(found)
        if ending:
            raise Refused(
                "number_column_damaged",
                what=NUMBER_COLUMNS[name],
                column=column_letters(reading.columns[name]),
                ending=ending,
                numbers=len(found),
            )


def _damaged_in(numbers: set[str]) -> int:
    """Return how many numbers end in 0 when that is nearly all of them, else 0."""
    if len(numbers) < NUMBERS_MIN:
        return 0
    ending = sum(text.endswith("0") for text in numbers)
    [(serial, same)] = Counter(text[-4:] for text in numbers).most_common(1)
    # One serial for nearly all, like …0150, was given out so; rounding leaves many of them.
    is_one_series = serial != "0000" and same >= ENDING_IN_ZERO * len(numbers)
    return ending if ending >= ENDING_IN_ZERO * len(numbers) and not is_one_series else 0

"""Welfare deciles of DTSEN by quarter, as CSV or workbook: no_kk, desil, periode.

A quarter is written "2026-Q3", "Q3 2026", "TW III 2026" or "Triwulan 3 Tahun 2026".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

from registry.intake.cells import Cell, CellProblem, long_number, text_of
from registry.intake.layouts.shape import (
    Columns,
    Context,
    FactRow,
    Reading,
    ReadRow,
    find_named,
)
from registry.intake.sheet import Sheet

NAME = "dtsen"
NEEDED = frozenset({"no_kk", "desil", "periode"})
NAMES = {
    "no_kk": ("no_kk", "nomor_kk", "no_kartu_keluarga"),
    "desil": ("desil", "desil_nasional", "peringkat_desil"),
    "periode": ("periode", "triwulan", "tahun_triwulan"),
}
YEAR_FIRST = re.compile(r"(20\d\d)(?:Q|TW|TRIWULAN|T)(III|II|IV|I|[1-4])")
YEAR_LAST = re.compile(r"(?:Q|TW|TRIWULAN|T)(III|II|IV|I|[1-4])(?:TAHUN)?(20\d\d)")
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
DECILES = frozenset(str(one) for one in range(1, 11))
FACT_CODE = "dtsen.decile"


def quarter(text: str) -> tuple[str, date, date] | None:
    """Return a quarter's label, first and last day."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    if found := YEAR_FIRST.fullmatch(plain):
        written, turn = found[1], found[2]
    elif found := YEAR_LAST.fullmatch(plain):
        written, turn = found[2], found[1]
    else:
        return None
    year, number = int(written), ROMAN.get(turn) or int(turn)
    first = date(year, 3 * number - 2, 1)
    after = date(year + (number == 4), 1 if number == 4 else 3 * number + 1, 1)
    return f"{year}-Q{number}", first, after - timedelta(days=1)


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    for sheet in sheets:
        found = find_named(sheet, NAMES, NEEDED)
        if found is not None:
            return reading_of(sheet, *found, context)
    return None


def reading_of(
    sheet: Sheet,
    header_row: int,
    columns: Columns,
    context: Context,
    about: Mapping[str, str] | None = None,
) -> Reading:
    """Return how to read deciles below a header whose columns are known."""
    return Reading(
        NAME,
        sheet,
        header_row,
        columns,
        partial(_rows, sheet, header_row, columns, context),
        {"source": "DTSEN", **(about or {})},
        is_facts=True,
    )


def _rows(sheet: Sheet, header_row: int, columns: Columns, context: Context) -> Iterator[ReadRow]:
    for number, cells in sheet.rows():
        if number > header_row:
            yield _read(number, cells, columns, context)


def _read(number: int, cells: Sequence[Cell], columns: Columns, context: Context) -> ReadRow:
    row = ReadRow(number)
    kk = ""
    try:
        kk = long_number(columns.cell(cells, "no_kk"))
        if not kk:
            row.error("kk_missing", columns["no_kk"])
    except CellProblem as problem:
        row.error(problem.code, columns["no_kk"], what="KK")
    decile = text_of(columns.cell(cells, "desil"))
    if decile not in DECILES:
        row.error("decile_unknown", columns["desil"])
    dates = quarter(text_of(columns.cell(cells, "periode")))
    if dates is None:
        row.error("period_unknown", columns["periode"])
    elif dates[1] > context.today:
        row.error("date_in_future", columns["periode"])
    if not row.errors and dates is not None:
        row.content = FactRow(FACT_CODE, decile, *dates, kk=kk)
    return row

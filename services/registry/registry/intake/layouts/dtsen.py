"""Welfare deciles of DTSEN by quarter, as CSV or workbook: no_kk, desil, periode ("2026-Q1")."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial

from registry.intake.cells import Cell, CellProblem, long_number, text_of
from registry.intake.layouts.shape import (
    Columns,
    Context,
    FactRow,
    Reading,
    ReadRow,
    find_header,
)
from registry.intake.sheet import Sheet

NAME = "dtsen"
NEEDED = frozenset({"no_kk", "desil", "periode"})
QUARTER = re.compile(r"(20\d\d)-?[QT]([1-4])")
DECILES = frozenset(str(one) for one in range(1, 11))
FACT_CODE = "dtsen.decile"


def quarter(text: str) -> tuple[str, date, date] | None:
    """Return a quarter's label, first and last day."""
    found = QUARTER.fullmatch(text.strip().upper().replace(" ", ""))
    if found is None:
        return None
    year, number = int(found[1]), int(found[2])
    first = date(year, 3 * number - 2, 1)
    after = date(year + (number == 4), 1 if number == 4 else 3 * number + 1, 1)
    return f"{year}-Q{number}", first, after - timedelta(days=1)


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    for sheet in sheets:
        found = find_header(sheet, NEEDED)
        if found is not None:
            header_row, columns = found
            return Reading(
                NAME,
                sheet,
                header_row,
                columns,
                partial(_rows, sheet, header_row, columns, context),
                is_facts=True,
            )
    return None


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

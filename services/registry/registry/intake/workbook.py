"""The clerk's own file back, with a column that says what was found in each row."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from registry.intake.cells import Cell
from registry.intake.sheet import Sheet, open_sheets
from registry.intake.texts import row_text

HEADING = "hasil pemeriksaan"
# A longer file comes back with its wrong rows only.
WHOLE_ROWS_MAX = 20_000
Problems = Mapping[int, Sequence[Mapping[str, Any]]]


def corrected_workbook(
    path: Path, sheet_name: str, header_row: int, problems: Problems, language: str
) -> bytes:
    """Return a workbook like the file, with `hasil pemeriksaan` after the last column.

    Every text is written as text, never as a formula, whatever it begins with: the file comes
    from outside and goes to a person who will open it.
    """
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        marked = book.add_format({"bg_color": "#FBE3E4", "text_wrap": True})
        for sheet in open_sheets(path):
            page = book.add_worksheet(sheet.name[:31])
            if sheet.name == sheet_name:
                said = {number: _said(cells, language) for number, cells in problems.items()}
                _write(page, sheet, header_row, said, marked)
            else:
                _copy(page, sheet)
    return buffer.getvalue()


def _copy(page: Any, sheet: Sheet) -> None:
    for number, cells in sheet.rows():
        for column, cell in enumerate(cells):
            _put(page, number - 1, column, cell)


def _said(problems: Sequence[Mapping[str, Any]], language: str) -> str:
    note = "Note, saved all the same" if language == "en" else "Catatan, tetap disimpan"
    return "\n".join(
        f"{one['cell']}: {f'{note}: ' if one.get('is_note') else ''}{row_text(one, language)}"
        for one in problems
    )


def _write(page: Any, sheet: Sheet, header_row: int, said: Mapping[int, str], marked: Any) -> None:
    width = max((len(cells) for _, cells in sheet.rows()), default=0)
    whole = sheet.height <= WHOLE_ROWS_MAX
    at = 0
    for number, cells in sheet.rows():
        if number > header_row and not whole and number not in said:
            continue
        row = number - 1 if whole else at
        at += 1
        for column, cell in enumerate(cells):
            _put(page, row, column, cell)
        if number == header_row:
            page.write_string(row, width, HEADING)
        elif number in said:
            page.write_string(row, width, said[number], marked)
    page.set_column(width, width, 80)
    page.freeze_panes(header_row, 0)


def _put(page: Any, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, (int, float)):
        page.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        page.write_string(row, column, cell.date().isoformat())
    elif isinstance(cell, date):
        page.write_string(row, column, cell.isoformat())
    elif cell not in ("", None):
        page.write_string(row, column, str(cell))

"""Writes one village's file, as a workbook or as comma-separated text."""

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from population.layouts.known import Layout
from population.layouts.workbook import new_workbook
from population.listing import Listing
from population.records import Cell

FORMATS = ("xlsx", "csv")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of(cell: Cell) -> str:
    """Return a cell as a spreadsheet would save it to text."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.0f}"
    return cell.isoformat() if isinstance(cell, date) else cell


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as comma-separated lines."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def rows_as_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """Return cells as comma-separated lines, as a spreadsheet would save them."""
    return csv_text([text_of(cell) for cell in row] for row in rows)


def _write_csv(path: Path, listing: Listing, layout: Layout) -> None:
    text = csv_text([layout.columns]) + rows_as_csv(layout.rows(listing))
    path.write_text(text, encoding="utf-8", newline="")


class SheetWriter:
    """Writes rows of cells onto a sheet, each cell as what it is."""

    def __init__(self, book: Any, name: str) -> None:
        self._page = book.add_worksheet(name)
        self._as_date = book.add_format({"num_format": "dd/mm/yyyy"})
        self._as_number = book.add_format({"num_format": "0"})
        self._row = 0

    def add(self, cells: Iterable[Cell]) -> None:
        """Write the next row."""
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                self._page.write_string(self._row, column, cell)
            elif isinstance(cell, float):
                self._page.write_number(self._row, column, cell, self._as_number)
            elif cell is not None:
                self._page.write_datetime(self._row, column, cell, self._as_date)
        self._row += 1


def _write_xlsx(path: Path, listing: Listing, layout: Layout) -> None:
    book = new_workbook(path)
    for name, rows in layout.sheets(listing):
        sheet = SheetWriter(book, name)
        for cells in rows:
            sheet.add(cells)
    book.close()


def write(folder: Path, listing: Listing, layout: Layout, file_format: str) -> Path:
    """Write a village's file into its own folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    if file_format == "csv" and layout.as_csv:
        path = folder / "penduduk.csv"
        _write_csv(path, listing, layout)
    else:
        path = folder / "penduduk.xlsx"
        _write_xlsx(path, listing, layout)
    return path

"""Writes one village's file, as a workbook or as comma-separated text."""

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path

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


def _write_csv(path: Path, listing: Listing, layout: Layout) -> None:
    rows = (
        [text_of(cell) for cell in layout.cells(record, listing.village)]
        for record in listing.records
    )
    path.write_text(csv_text([layout.columns]) + csv_text(rows), encoding="utf-8", newline="")


def _write_xlsx(path: Path, listing: Listing, layout: Layout) -> None:
    book = new_workbook(path)
    sheet = book.add_worksheet(layout.sheet)
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    as_number = book.add_format({"num_format": "0"})
    sheet.write_row(0, 0, layout.columns)
    for row, record in enumerate(listing.records, 1):
        for column, cell in enumerate(layout.cells(record, listing.village)):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif isinstance(cell, float):
                sheet.write_number(row, column, cell, as_number)
            elif cell is not None:
                sheet.write_datetime(row, column, cell, as_date)
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

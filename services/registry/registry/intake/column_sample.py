"""The first rows of an unknown file, fit to be shown: numbers masked, each cell's look noted."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from registry.intake.cells import Cell, CellProblem, long_number, text_of
from registry.intake.columns import Place
from registry.intake.dates import day
from registry.intake.layouts import words
from registry.intake.layouts.dtsen import quarter
from registry.intake.layouts.dukcapil_match import result_of
from registry.intake.layouts.mapped import header_hash
from registry.intake.layouts.people import VILLAGE_CODE
from registry.intake.layouts.shape import HEADER_WITHIN, header_key
from registry.intake.sheet import Sheet, open_sheets

SHEETS_MAX = 8
ROWS_MAX = HEADER_WITHIN + 20
COLUMNS_MAX = 80
TEXT_CHARACTERS_MAX = 40
LONG_DIGITS = re.compile(r"\d{7,}")
WORDS = (("sex", words.SEX), ("relation", words.RELATION), ("marital", words.MARITAL),
         ("status", words.STATUS))  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row by its number; `cells` as shown, `shapes` as judged; `hash` if it is the header."""

    number: int
    hash: str
    cells: list[str]
    shapes: list[str]


@dataclass(frozen=True, slots=True)
class SampleSheet:
    """The first rows of one sheet that have anything in them."""

    name: str
    rows: list[SampleRow]

    def header(self, number: int) -> SampleRow | None:
        """Return a row by the number a spreadsheet gives it."""
        return next((row for row in self.rows if row.number == number), None)

    def below(self, number: int) -> list[SampleRow]:
        """Return the rows below a header."""
        return [row for row in self.rows if row.number > number]

    def places(self, number: int) -> list[Place]:
        """Return the columns under a header; none when the row is not there."""
        header, rows = self.header(number), self.below(number)
        if header is None:
            return []
        return [
            Place(heading, [row.shapes[at] for row in rows if at < len(row.shapes)])
            for at, heading in enumerate(header.cells)
        ]

    def likely_header(self) -> int:
        """Return the row that looks most like headings: many short words above other things."""
        candidates = [row for row in self.rows if row.number <= HEADER_WITHIN] or self.rows
        return max(candidates, key=_like_headings).number


def sample_of(path: Path) -> list[dict[str, Any]]:
    """Return the first rows of each sheet that could be a table; raises Refused."""
    found = []
    for sheet in open_sheets(path)[:SHEETS_MAX]:
        rows = _rows(sheet)
        if len(rows) > 1 and max(len(row["cells"]) for row in rows) > 1:
            found.append({"name": sheet.name, "rows": rows})
    return found


def read_sample(kept: list[dict[str, Any]]) -> list[SampleSheet]:
    """Return a sample as it was kept."""
    return [
        SampleSheet(sheet["name"], [SampleRow(**row) for row in sheet["rows"]]) for sheet in kept
    ]


def _rows(sheet: Sheet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    seen: set[tuple[int, str]] = set()
    for number, cells in sheet.rows():
        if len(found) == ROWS_MAX:
            break
        some = list(cells[:COLUMNS_MAX])
        while some and text_of(some[-1]) == "":
            some.pop()
        if some:
            found.append(
                {
                    "number": number,
                    "hash": header_hash(cells).hex(),
                    "cells": [masked(cell) for cell in some],
                    "shapes": [_shape_among(seen, at, cell) for at, cell in enumerate(some)],
                }
            )
    return found


def _shape_among(seen: set[tuple[int, str]], column: int, cell: Cell) -> str:
    """Return what a cell looks like; a family's number that stands above already is `again`."""
    shape = shape_of(cell)
    if shape != "number":
        return shape
    if (column, text_of(cell)) in seen:
        return "again"
    seen.add((column, text_of(cell)))
    return shape


def masked(cell: Cell) -> str:
    """Return a cell as it may be shown: of a long number only its first six digits."""
    text = cell.isoformat()[:10] if isinstance(cell, (date, datetime)) else text_of(cell)
    hidden = LONG_DIGITS.sub(lambda found: found[0][:6] + "•" * (len(found[0]) - 6), text)
    return hidden[:TEXT_CHARACTERS_MAX]


def shape_of(cell: Cell) -> str:
    """Return what a cell looks like, as `columns.Target.shapes` names it; empty when empty."""
    text = text_of(cell)
    if not text:
        return ""
    try:
        return "number" if long_number(cell) else "code"
    except CellProblem as problem:
        if problem.code == "number_damaged" and len(text) > 11:
            return "damaged"
    if text.isdigit() and len(text) <= 2:
        return "code"
    if VILLAGE_CODE.fullmatch(text):
        return "village"
    if (key := words.word_key(text)) and not key.isdigit():
        for name, known in WORDS:
            if key in known:
                return name
    return _written_shape(cell, text)


def _written_shape(cell: Cell, text: str) -> str:
    try:
        if day(cell, date.max, serials=True):
            return "serial" if text.isdigit() else "date"
    except CellProblem:
        pass
    if quarter(text):
        return "quarter"
    if result_of(text):
        return "result"
    return "text" if any(letter.isdigit() for letter in text) else "words"


def _like_headings(row: SampleRow) -> float:
    filled = [cell for cell in row.cells if cell]
    wordy = sum(any(letter.isalpha() for letter in cell) for cell in filled)
    unlike = sum(shape in {"number", "again", "damaged", "date", "serial"} for shape in row.shapes)
    different = len({header_key(cell) for cell in filled})
    # Of equal rows the upper one: a header stands above what it heads.
    return wordy + different - 4 * unlike - row.number / 1000

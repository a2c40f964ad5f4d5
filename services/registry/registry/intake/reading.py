"""Reading a file, or a share of its rows, into what is stored: by whichever process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from common.problems import Refused
from common.regions import LEVELS
from registry.intake.cells import column_letters
from registry.intake.layouts import known
from registry.intake.layouts.shape import HEADER_WITHIN, Context, Reading
from registry.intake.sheet import Row, Sheet, TextFile, open_sheets
from registry.intake.staging import CHUNK_ROWS, Keys, Stager

POINTED_AT = {"kk": ("no_kk", "peserta"), "nik": ("nik",), "any": ("nama", "no_kk", "peserta")}


@dataclass(frozen=True, slots=True)
class Order:
    """Which file to read, as what, and which share of its rows (`share` of `shares`)."""

    path: Path
    import_id: UUID
    context: Context
    keys: Keys
    share: int = 0
    shares: int = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What a file turned out to be."""

    layout: str
    about: dict[str, Any]
    is_facts: bool
    height: int
    # Known when all rows have been read.
    villages: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Tail:
    """The villages that the rows of a share are of."""

    villages: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnRows(Sheet):
    """A sheet of which one of several readers takes every n-th block; all see the header."""

    share: int = 0
    shares: int = 1

    def rows(self) -> Iterator[Row]:
        """Yield the rows of this share."""
        if isinstance(self.source, TextFile):
            yield from self.source.shared_rows(CHUNK_ROWS, self.share, self.shares, HEADER_WITHIN)
        else:
            yield from Sheet.rows(self)


def read(order: Order) -> Iterator[Head | Tail | tuple[int, bytes]]:
    """Yield what the file is, then its rows as they are stored. Raises Refused."""
    sheets = open_sheets(order.path)
    own: list[Sheet] = [
        OwnRows(one.name, one.source, share=order.share, shares=order.shares)
        if isinstance(one.source, TextFile) and order.shares > 1
        else one
        for one in sheets
    ]
    reading = known.recognise(own, order.context)
    if not reading.is_facts and not reading.names_villages:
        _demand_village(order.context)
    yield head_of(reading)
    after = 0
    if order.shares > 1 and not isinstance(reading.sheet, OwnRows):
        # Only text can be shared out; the first reader takes all of anything else.
        if order.share > 0:
            return
    elif order.share > 0:
        after = HEADER_WITHIN
    stager = Stager(order.import_id, order.context.region_code, order.keys)
    yield from stager.chunks(reading, after=after)
    yield Tail(stager.villages())


def _demand_village(context: Context) -> None:
    if LEVELS.get(len(context.region_code)) != "village":
        raise Refused("village_needed")


def head_of(reading: Reading) -> Head:
    """Return what a recognised file is."""
    about = {
        **reading.about,
        "cells": pointed_cells(reading),
        "sheet": reading.sheet.name,
        "header_row": reading.header_row,
        "is_facts": reading.is_facts,
    }
    rows = max(reading.sheet.height - reading.header_row, 1)
    return Head(reading.layout, about, reading.is_facts, rows)


def pointed_cells(reading: Reading) -> dict[str, str]:
    """Return the column letters that problems found by comparing point at."""
    places = reading.columns.places
    letters = {}
    for what, names in POINTED_AT.items():
        place = next((places[name] for name in names if name in places), 0)
        letters[what] = column_letters(place)
    return letters

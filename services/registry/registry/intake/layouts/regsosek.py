"""A Regsosek or DTKS book: sheets joined by the KK number, questions as columns ("402 Nama").

Two or three title rows stand above, dates are spreadsheet serials. Its KK numbers are mostly kept
as numbers, and are then refused like any damaged number: the sixteenth digit is lost.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from registry.intake.cells import SIXTEEN_DIGITS, Cell, text_of
from registry.intake.layouts import words
from registry.intake.layouts.people import PeopleReader, Vocabulary
from registry.intake.layouts.shape import (
    HEADER_WITHIN,
    Columns,
    Context,
    Reading,
    ReadRow,
    header_key,
    named_places,
)
from registry.intake.sheet import Sheet

NAME = "regsosek"
QUESTION = re.compile(r"(\d{3}[a-z]?)(?:_.*)?")
# Block IV of the questionnaire of 2022.
QUESTIONS = {
    "402": "nama", "403": "nik", "404": "status", "405": "jenis_kelamin", "406": "tanggal_lahir",
    "408": "status_kawin", "409": "hubungan",
}  # fmt: skip
NEEDED = frozenset({"nama", "nik", "jenis_kelamin", "hubungan"})
CARD_NAMES = {
    "no_kk": (
        "no_kartu_keluarga", "nomor_kartu_keluarga", "no_kk", "nomor_kk", "nomor_kk_no_kk",
        "115_nomor_kartu_keluarga", "115_no_kk", "115",
    ),
}  # fmt: skip
PLACE_NAMES = {
    **CARD_NAMES,
    "alamat": ("109_alamat", "alamat", "109", "alamat_keluarga"),
    "dusun": ("dusun",), "rt": ("rt",), "rw": ("rw",),
}  # fmt: skip
PLACE = ("alamat", "dusun", "rt", "rw")
VOCABULARY = Vocabulary(words.RELATION_REGSOSEK, words.STATUS_REGSOSEK)


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    for sheet in sheets:
        found = _people_header(sheet)
        if found is not None:
            header_row, columns = found
            others = [one for one in sheets if one is not sheet]
            rows = partial(_rows, sheet, header_row, columns, context, others)
            return Reading(NAME, sheet, header_row, columns, rows)
    return None


def _people_header(sheet: Sheet) -> tuple[int, Columns] | None:
    """Return the row of question numbers; the card's heading may stand in a row beside it."""
    top: list[list[str]] = []
    for number, cells in sheet.rows():
        if number > HEADER_WITHIN:
            return None
        top.append([header_key(cell) for cell in cells])
        places: dict[str, int] = {}
        for place, key in enumerate(top[-1]):
            asked = QUESTION.fullmatch(key)
            if asked and asked[1] in QUESTIONS:
                places.setdefault(QUESTIONS[asked[1]], place)
        if places.keys() >= NEEDED:
            for keys in reversed(top[-3:]):
                places = {**named_places(keys, CARD_NAMES), **places}
            return (number, Columns(places)) if "no_kk" in places else None
    return None


def _rows(
    sheet: Sheet, header_row: int, columns: Columns, context: Context, others: list[Sheet]
) -> Iterator[ReadRow]:
    width = max(columns.places.values()) + 1
    ours = {name: width + place for place, name in enumerate(PLACE)}
    reader = PeopleReader(Columns({**columns.places, **ours}), context, VOCABULARY)
    addresses = _addresses(others)
    for number, cells in sheet.rows():
        if number <= header_row or _is_label(columns.cell(cells, "nik")):
            continue
        card = text_of(columns.cell(cells, "no_kk"))
        padded = [*cells[:width], *[""] * (width - len(cells))]
        yield reader.read(number, [*padded, *addresses.get(card, NOWHERE)])


NOWHERE: tuple[Cell, ...] = ("",) * len(PLACE)


def _is_label(cell: Cell) -> bool:
    """Tell a second row of headings: words where a NIK would stand."""
    return isinstance(cell, str) and header_key(cell) in {
        "nik",
        "no_ktp",
        "nomor_induk_kependudukan",
    }


def _addresses(sheets: list[Sheet]) -> dict[str, Sequence[Cell]]:
    """Return where the families live by card number, for cards whose number is whole."""
    found: dict[str, Sequence[Cell]] = {}
    for sheet in sheets:
        columns: Columns | None = None
        for number, cells in sheet.rows():
            if columns is None:
                if number > HEADER_WITHIN:
                    break
                places = named_places([header_key(cell) for cell in cells], PLACE_NAMES)
                if {"no_kk", "alamat"} <= places.keys():
                    columns = Columns(places)
                continue
            card = text_of(columns.cell(cells, "no_kk"))
            if SIXTEEN_DIGITS(card):
                found[card] = [columns.cell(cells, name) for name in PLACE]
    return found

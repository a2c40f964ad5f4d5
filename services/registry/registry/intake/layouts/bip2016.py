"""Dukcapil's *Buku Induk Penduduk* of 2016: a printed book saved as a workbook.

Title rows, the place in a block above the header, two header rows and a row of column numbers;
then a line for each family card ("No. KK : …", "Alamat : …") with its members below it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from common.problems import Refused
from common.regions import place_of
from registry.intake.cells import Cell, CellProblem, column_letters, long_number, text_of
from registry.intake.layouts.people import PeopleReader
from registry.intake.layouts.place import is_this_village
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

NAME = "bip2016"
NEEDED = frozenset({"nik", "nama", "jenis_kelamin", "tempat_lahir", "hubungan"})
NAMES = {
    "nik": ("nik",), "nama": ("nama_lengkap",), "jenis_kelamin": ("jk", "jenis_kelamin"),
    "hubungan": ("shdk",), "tempat_lahir": ("tempat_dan_tanggal_lahir",),
    "status_kawin": ("status_kawin",), "nama_ibu": ("nama_orang_tua_kandung",),
}  # fmt: skip
CARD = re.compile(r"NO\.?\s*KK\s*:\s*(.*)", re.IGNORECASE)
ADDRESS = re.compile(
    r"ALAMAT\s*:\s*(?P<street>.*?)(?:,\s*NAMA DUSUN\s*:\s*(?P<hamlet>.*?))?"
    r"(?:,\s*RT\s*/\s*RW\s*:\s*(?P<rt>[^/]*)/(?P<rw>.*))?",
    re.IGNORECASE,
)
LABELS = {
    "desa_kelurahan": "village", "desa": "village", "kelurahan": "village",
    "kecamatan": "district", "periode_tanggal": "period",
}  # fmt: skip
ROWS_MAX = 40_000  # More people than any village has.
FAMILY_COLUMNS = ("no_kk", "alamat", "dusun", "rt", "rw")


@dataclass(slots=True)
class Card:
    """The family whose members are being read."""

    number: str = ""
    problem: dict[str, object] | None = None
    place: list[str] = field(default_factory=lambda: [""] * 4)


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout; raises Refused for another village."""
    for sheet in sheets:
        # Large text is read in pieces by several readers, and a family must not be torn apart.
        found = _header(sheet) if sheet.height <= ROWS_MAX else None
        if found is None:
            continue
        header_row, columns, stated = found
        village, district = stated.get("village", ""), stated.get("district", "")
        if not is_this_village(context.region_code, district, village):
            raise Refused(
                "file_of_other_village",
                named=f"{village}, {district}",
                chosen=place_of(context.region_code),
            )
        about = {"book_date": stated["period"]} if "period" in stated else {}
        rows = partial(_rows, sheet, header_row, columns, context)
        return Reading(NAME, sheet, header_row, columns, rows, about)
    return None


def _header(sheet: Sheet) -> tuple[int, Columns, dict[str, str]] | None:
    """Return the last header row, the columns, and what the block above says about the place."""
    stated: dict[str, str] = {}
    for number, cells in sheet.rows():
        if number > HEADER_WITHIN:
            return None
        keys = [header_key(cell) for cell in cells]
        places = named_places(keys, NAMES)
        if places.keys() >= NEEDED:
            # The second header row splits two columns: the birth date and the father come next.
            places["tanggal_lahir"] = places["tempat_lahir"] + 1
            if "nama_ibu" in places:
                places["nama_ayah"] = places["nama_ibu"] + 1
            return number + 1, Columns(places), stated
        for place, key in enumerate(keys):
            if key in LABELS:
                written = (text_of(cell).lstrip(": ") for cell in cells[place + 1 : place + 3])
                stated[LABELS[key]] = next((text for text in written if text), "")
    return None


def _rows(sheet: Sheet, header_row: int, columns: Columns, context: Context) -> Iterator[ReadRow]:
    width = max(columns.places.values()) + 1
    ours = {name: width + place for place, name in enumerate(FAMILY_COLUMNS)}
    reader = PeopleReader(Columns({**columns.places, **ours}), context)
    card = Card()
    for number, cells in sheet.rows():
        if number <= header_row or _is_numbering(cells):
            continue
        if CARD.match(text_of(cells[0])):
            card = _card(number, cells)
            continue
        padded = [*cells[:width], *[""] * (width - len(cells))]
        row = reader.read(number, [*padded, card.number, *card.place])
        if card.problem is not None or not card.number:
            row.content = None
            row.errors = [one for one in row.errors if one["code"] != "kk_missing"]
            row.errors.append(card.problem or {"code": "kk_missing", "cell": f"A{number}"})
        yield row


def _is_numbering(cells: Sequence[Cell]) -> bool:
    """Tell the row that numbers the columns: (1), (2), …, which a spreadsheet takes as negative."""
    filled = [cell for cell in cells if cell != ""]
    return len(filled) > 2 and all(
        text_of(cell).strip("()-").isdigit() and int(text_of(cell).strip("()-")) <= len(cells)
        for cell in filled
    )


def _card(number: int, cells: Sequence[Cell]) -> Card:
    found = CARD.match(text_of(cells[0]))
    written: Cell = text_of(found[1]) if found else ""
    at = 0
    if not written:
        # Some books have the number in the next cell.
        at = next((place for place, cell in enumerate(cells[1:3], 1) if text_of(cell)), 0)
        written = cells[at] if at and not ADDRESS.match(text_of(cells[at])) else ""
    card = Card()
    try:
        card.number = long_number(written)
    except CellProblem as problem:
        place = f"{column_letters(at)}{number}"
        card.problem = {"code": problem.code, "cell": place, "what": "KK"}
    if not card.number and card.problem is None:
        card.problem = {"code": "kk_missing", "cell": f"A{number}"}
    for cell in cells[1:]:
        if address := ADDRESS.fullmatch(text_of(cell)):
            card.place = [text_of(address[part] or "") for part in ("street", "hamlet", "rt", "rw")]
    return card

"""What a layout is: a module that recognises its files by their content and reads their rows."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from registry.intake.cells import Cell, column_letters
from registry.intake.sheet import Sheet

HEADER_WITHIN = 25  # Rows from the top in which a header is looked for.
NOT_IN_KEYS = re.compile(r"[^0-9a-z]+")

# Our name of a column, and the headings that mean it in a layout, the best first.
Names = Mapping[str, Sequence[str]]
Problem = dict[str, object]  # {"code": …, "cell": "G17", facts …}; never what the cell said.


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a person has said about the columns under one header: see `intake.columns`."""

    kind: str
    places: Mapping[str, int]
    made_on: date
    made_by_name: str


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a file needs to know besides the file."""

    region_code: str
    today: date
    known_districts: frozenset[str]
    # Remembered for this region, by the hash of the header.
    mappings: Mapping[bytes, Mapped] = field(default_factory=dict)


@dataclass(slots=True)
class PersonRow:
    """A person as a village file states it; `nik` may be empty."""

    nik: str = ""
    kk: str = ""
    name: str = ""
    sex: str = ""
    born_on: date | None = None
    birth_place: str = ""
    relation: str = ""
    marital: str = ""
    status: str = ""
    address: str = ""
    phone: str = ""
    father_name: str = ""
    mother_name: str = ""
    # The village this row is of; empty means the one named at upload.
    region_code: str = ""


@dataclass(slots=True)
class FactRow:
    """Something an agency says about a family (by KK number) or a person (by NIK)."""

    code: str
    value: str
    period: str
    valid_from: date
    valid_to: date
    nik: str = ""
    kk: str = ""
    name: str = ""
    # The village this row is of; empty means the region named at upload.
    region_code: str = ""


@dataclass(slots=True)
class ReadRow:
    """One row after reading; with errors it has no content worth keeping."""

    number: int
    content: PersonRow | FactRow | None = None
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, code: str, column: int, **facts: object) -> None:
        """Note what is wrong in a cell of this row."""
        self.errors.append({"code": code, "cell": self._address(column), **facts})

    def warn(self, code: str, column: int, **facts: object) -> None:
        """Note what looks odd in a cell of this row."""
        self.warnings.append({"code": code, "cell": self._address(column), **facts})

    def _address(self, column: int) -> str:
        return f"{column_letters(column)}{self.number}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A recognised file: what it is about as a whole, and its rows, read as they are asked for."""

    layout: str
    sheet: Sheet
    header_row: int
    columns: "Columns"
    rows: Callable[[], Iterator[ReadRow]]
    # Whole rosters: {"roster": code, "period": …, "valid_from": …, "valid_to": …}.
    about: dict[str, str] = field(default_factory=dict)
    is_facts: bool = False
    # Rows name their own villages, so the file may be for a whole regency or province.
    names_villages: bool = False


Recognise = Callable[[list[Sheet], Context], Reading | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each named column of a table is."""

    places: dict[str, int]

    def cell(self, cells: Sequence[Cell], name: str) -> Cell:
        """Return a cell by its column's name; empty when the row or table lacks it."""
        place = self.places.get(name, -1)
        return cells[place] if 0 <= place < len(cells) else ""

    def __getitem__(self, name: str) -> int:
        return self.places.get(name, 0)


def find_header(
    sheet: Sheet, needed: frozenset[str], within: int = HEADER_WITHIN
) -> tuple[int, Columns] | None:
    """Return the row that names all needed columns, and where they are; titles may stand above."""
    for number, cells in sheet.rows():
        if number > within:
            return None
        names = [header_key(cell) for cell in cells]
        if needed <= set(names):
            # The first of two columns with one name counts, as people read from the left.
            return number, Columns({name: names.index(name) for name in names if name})
    return None


def find_named(sheet: Sheet, names: Names, needed: frozenset[str]) -> tuple[int, Columns] | None:
    """Return the header row, and only the columns that `names` knows, under our names for them."""
    for number, cells in sheet.rows():
        if number > HEADER_WITHIN:
            return None
        places = named_places([header_key(cell) for cell in cells], names)
        if needed <= places.keys():
            return number, Columns(places)
    return None


def named_places(keys: Sequence[str], names: Names) -> dict[str, int]:
    """Return where the columns are that `names` knows; the first of its words that fits counts."""
    places: dict[str, int] = {}
    for ours, theirs in names.items():
        found = next((word for word in theirs if word in keys), None)
        if found is not None:
            places[ours] = keys.index(found)
    return places


def header_key(cell: Cell) -> str:
    """Return a heading as it is compared: "No. KK" is "no_kk", "Desa/Kel" is "desa_kel"."""
    return NOT_IN_KEYS.sub("_", str(cell).lower()).strip("_")

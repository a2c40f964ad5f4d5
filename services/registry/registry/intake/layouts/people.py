"""Rows about people, whatever the layout calls its columns.

A province has 836,824 of them: what repeats (words, dates, addresses) is worked out once and
remembered, so that a right row costs a few lookups.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from common.regions import LEVELS, all_regions
from registry.intake.cells import SIXTEEN_DIGITS, Cell, CellProblem, long_number, text_of
from registry.intake.dates import day
from registry.intake.layouts import words
from registry.intake.layouts.place import is_this_village
from registry.intake.layouts.remembered import (
    NAME_CHARACTERS_MAX,
    Remembered,
    Told,
    address,
    digits_of_day,
    phone,
    short,
    word,
)
from registry.intake.layouts.shape import (
    Columns,
    Context,
    Names,
    PersonRow,
    Reading,
    ReadRow,
    find_named,
)
from registry.intake.sheet import Sheet
from registry.people.rules import nik_warnings

NEEDED = frozenset({"no_kk", "nik", "nama", "jenis_kelamin", "tanggal_lahir", "hubungan"})
READ = (
    "kode_desa", "no_kk", "nik", "nama", "jenis_kelamin", "tanggal_lahir", "tempat_lahir",
    "hubungan", "status_kawin", "status", "alamat", "dusun", "rt", "rw", "telepon", "nama_ayah",
    "nama_ibu", "kecamatan", "desa",
)  # fmt: skip
DIGIT = re.compile(r"\d")
NO_NUMBER = "0" * 16
VILLAGE_CODE = re.compile(r"(62)[.]?(\d\d)[.]?(\d\d)[.]?([12]\d{3})")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a layout's codes mean where layouts differ."""

    relation: Mapping[str, str] = field(default_factory=lambda: words.RELATION)
    status: Mapping[str, str] = field(default_factory=lambda: words.STATUS)


class PeopleReader:
    """Reads rows whose columns are known by the names in READ."""

    def __init__(
        self, columns: Columns, context: Context, vocabulary: Vocabulary | None = None
    ) -> None:
        said = vocabulary or Vocabulary()
        self._columns, self._context = columns, context
        places = [columns.places.get(name, -1) for name in READ]
        self._width = max(places) + 1
        self._take = itemgetter(*places)
        self._names_village = "desa" in columns.places
        self._needs_village = LEVELS.get(len(context.region_code)) != "village"
        self._sexes = Remembered(word(words.SEX, "sex_unknown"))
        self._relations = Remembered(word(said.relation, "relation_unknown"))
        self._statuses = Remembered(word(said.status, "status_unknown"))
        self._maritals = Remembered(word(words.MARITAL, ""))
        self._days = Remembered(self._day)
        self._addresses = Remembered(address)
        self._texts = Remembered(short)
        self._phones = Remembered(phone)
        self._villages = Remembered(self._village)
        self._here = Remembered(lambda names: is_this_village(context.region_code, *names))
        self._digits_of_day = Remembered(digits_of_day)
        self._districts = frozenset(code.replace(".", "") for code in context.known_districts)

    def rows(self, sheet: Sheet, header_row: int) -> Iterator[ReadRow]:
        """Yield what stands below a header."""
        for number, cells in sheet.rows():
            if number > header_row:
                yield self.read(number, cells)

    def read(self, number: int, cells: Sequence[Cell]) -> ReadRow:
        """Return one row, with the cells that are wrong or odd."""
        missing = self._width - len(cells)
        values = self._take([*cells, *[""] * (missing + 1)] if missing > 0 else [*cells, ""])
        row = ReadRow(number)
        kk, nik = self._numbers(row, values[1], values[2])
        name, texts = self._name(row, values[3]), self._texts
        sex, no_sex = self._sexes[values[4]]
        born_on, no_day = self._days[values[5]]
        relation, no_relation = self._relations[values[7]]
        status, no_status = self._statuses[values[9]]
        if no_sex or no_day or no_relation or no_status:
            self._note(row, jenis_kelamin=no_sex, tanggal_lahir=no_day)
            self._note(row, hubungan=no_relation, status=no_status)
        if relation == "spouse":
            relation = "wife" if sex == "F" else "husband"
        if status == "invalid":
            row.error("status_invalid", self._columns["status"])
        person = PersonRow(
            nik, kk, name, sex, born_on, texts[values[6]], relation,
            self._maritals[values[8]][0], status, self._addresses[values[10:14]], "",
            texts[values[15]], texts[values[16]],
        )  # fmt: skip
        if values[0] or self._needs_village:
            person.region_code, problem = self._villages[values[0]]
            if problem:
                row.error(problem, self._columns["kode_desa"])
        if self._names_village and not self._here[values[17:19]]:
            row.error("village_differs", self._columns["desa"])
        if values[14]:
            person.phone, problem = self._phones[values[14]]
            if problem:
                row.warn(problem, self._columns["telepon"])
        if not row.errors:
            self._warn(row, person)
            row.content = person
        return row

    def _numbers(self, row: ReadRow, kk_cell: Cell, nik_cell: Cell) -> tuple[str, str]:
        if (
            type(kk_cell) is str
            and type(nik_cell) is str
            and SIXTEEN_DIGITS(kk_cell)
            and SIXTEEN_DIGITS(nik_cell)
            and kk_cell != NO_NUMBER
            and not nik_cell.endswith("0000")
        ):
            return kk_cell, nik_cell
        kk = self._number(row, "no_kk", "KK", kk_cell)
        if not kk and not row.errors:
            row.error("kk_missing", self._columns["no_kk"])
        nik = self._number(row, "nik", "NIK", nik_cell)
        if nik.endswith("0000"):
            row.error("nik_serial_zero", self._columns["nik"])
        return kk, nik

    def _number(self, row: ReadRow, column: str, what: str, cell: Cell) -> str:
        try:
            return long_number(cell)
        except CellProblem as problem:
            row.error(problem.code, self._columns[column], what=what)
            return ""

    def _name(self, row: ReadRow, cell: Cell) -> str:
        name = text_of(cell)
        if not name:
            row.error("name_missing", self._columns["nama"])
        elif len(name) > NAME_CHARACTERS_MAX or DIGIT.search(name):
            row.error("name_not_a_name", self._columns["nama"])
        return name

    def _note(self, row: ReadRow, **problems: str) -> None:
        for column, code in problems.items():
            if code:
                row.error(code, self._columns[column])

    def _warn(self, row: ReadRow, person: PersonRow) -> None:
        nik, born_on = person.nik, person.born_on
        if born_on is None:
            row.warn("birth_date_missing", self._columns["tanggal_lahir"])
        if not nik:
            row.warn("nik_missing", self._columns["nik"])
            return
        fits = born_on is not None and nik[6:12] == self._digits_of_day[born_on][person.sex]
        if fits and (nik[:6] in self._districts or not nik.startswith("62")):
            return
        for code in nik_warnings(nik, born_on, person.sex, self._context.known_districts):
            row.warn(code, self._columns["nik"])

    def _day(self, cell: Cell) -> Told:
        try:
            return day(cell, self._context.today, serials=True), ""
        except CellProblem as problem:
            return None, problem.code

    def _village(self, cell: Cell) -> Told:
        found = VILLAGE_CODE.fullmatch(text_of(cell).replace(" ", ""))
        code = ".".join(found.groups()) if found else ""
        if not text_of(cell):
            return "", "village_code_missing"
        if code not in all_regions():
            return "", "village_code_unknown"
        inside = code == self._context.region_code or code.startswith(
            f"{self._context.region_code}."
        )
        return (code, "") if inside else ("", "village_code_outside")


def recognise(layout: str, names: Names, sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the first sheet that has the needed columns under these names."""
    for sheet in sheets:
        found = find_named(sheet, names, NEEDED)
        if found is not None:
            return reading_of(layout, sheet, *found, context)
    return None


def reading_of(
    layout: str,
    sheet: Sheet,
    header_row: int,
    columns: Columns,
    context: Context,
    *,
    about: Mapping[str, str] | None = None,
) -> Reading:
    """Return how to read people below a header whose columns are known."""
    return Reading(
        layout,
        sheet,
        header_row,
        columns,
        lambda: PeopleReader(columns, context).rows(sheet, header_row),
        dict(about or {}),
        names_villages="kode_desa" in columns.places,
    )

"""OpenSID's population sheet, as workbook or CSV: one header row, codes, dates as text.

The registry takes what its tasks need and leaves the rest (religion, blood, health) in the file.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from registry.intake.cells import Cell, CellProblem, day, long_number, text_of
from registry.intake.layouts.shape import (
    Columns,
    Context,
    PersonRow,
    Reading,
    ReadRow,
    find_header,
)
from registry.intake.sheet import Sheet
from registry.people.rules import RELATIONS, nik_warnings

NAME = "opensid"
NEEDED = frozenset({"nama", "no_kk", "nik", "sex", "tanggallahir", "kk_level"})
SEX = {"1": "M", "2": "F", "L": "M", "P": "F"}
RELATION = {str(code): word for code, word in enumerate(RELATIONS, 1)}
MARITAL = {"1": "single", "2": "married", "3": "divorced", "4": "widowed", "5": "married"}
STATUS = {"": "alive", "1": "alive", "2": "dead", "3": "moved", "4": "missing", "6": "moved"}
NAME_CHARACTERS_MAX = 100


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
            )
    return None


def _rows(sheet: Sheet, header_row: int, columns: Columns, context: Context) -> Iterator[ReadRow]:
    for number, cells in sheet.rows():
        if number > header_row:
            yield _read(number, cells, columns, context)


def _read(number: int, cells: Sequence[Cell], columns: Columns, context: Context) -> ReadRow:
    row = ReadRow(number)
    person = PersonRow()
    _take_numbers(row, person, cells, columns)
    try:
        person.born_on = day(columns.cell(cells, "tanggallahir"), context.today)
    except CellProblem as problem:
        row.error(problem.code, columns["tanggallahir"])
    _take_words(row, person, cells, columns)
    if row.errors:
        return row
    _warn(row, person, columns, context)
    row.content = person
    return row


def _take_numbers(row: ReadRow, person: PersonRow, cells: Sequence[Cell], columns: Columns) -> None:
    for name, what in (("nik", "NIK"), ("no_kk", "KK")):
        try:
            digits = long_number(columns.cell(cells, name))
        except CellProblem as problem:
            row.error(problem.code, columns[name], what=what)
            continue
        if what == "NIK":
            person.nik = digits
        else:
            person.kk = digits
            if not digits:
                row.error("kk_missing", columns[name])
    if person.nik.endswith("0000"):
        row.error("nik_serial_zero", columns["nik"])


def _warn(row: ReadRow, person: PersonRow, columns: Columns, context: Context) -> None:
    if not person.nik:
        row.warn("nik_missing", columns["nik"])
    else:
        for code in nik_warnings(person.nik, person.born_on, person.sex, context.known_districts):
            row.warn(code, columns["nik"])
    if person.born_on is None:
        row.warn("birth_date_missing", columns["tanggallahir"])


def _take_words(row: ReadRow, person: PersonRow, cells: Sequence[Cell], columns: Columns) -> None:
    person.name = text_of(columns.cell(cells, "nama"))
    if not person.name:
        row.error("name_missing", columns["nama"])
    elif len(person.name) > NAME_CHARACTERS_MAX or any(c.isdigit() for c in person.name):
        row.error("name_not_a_name", columns["nama"])
    person.sex = SEX.get(text_of(columns.cell(cells, "sex")).upper(), "")
    if not person.sex:
        row.error("sex_unknown", columns["sex"])
    person.relation = RELATION.get(text_of(columns.cell(cells, "kk_level")), "")
    if not person.relation:
        row.error("relation_unknown", columns["kk_level"])
    person.status = STATUS.get(text_of(columns.cell(cells, "status_dasar")), "")
    if not person.status:
        row.error("status_unknown", columns["status_dasar"])
    person.marital = MARITAL.get(text_of(columns.cell(cells, "status_kawin")), "")
    person.birth_place = text_of(columns.cell(cells, "tempatlahir"))[:NAME_CHARACTERS_MAX]
    person.address = _address(cells, columns)


def _address(cells: Sequence[Cell], columns: Columns) -> str:
    street, hamlet = (text_of(columns.cell(cells, name)) for name in ("alamat", "dusun"))
    rt, rw = (text_of(columns.cell(cells, name)) for name in ("rt", "rw"))
    parts = [street, f"Dusun {hamlet}" if hamlet else ""]
    parts += [f"RT {rt}" if rt else "", f"RW {rw}" if rw else ""]
    return ", ".join(part for part in parts if part)[:300]

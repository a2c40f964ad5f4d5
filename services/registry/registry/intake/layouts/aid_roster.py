"""The participants of an aid programme (OpenSID's form): a sheet about it, a sheet of who is on it.

It is an exclusion roster: a family on it is on that programme for the stated time.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from common.problems import Refused
from registry.intake.cells import Cell, CellProblem, long_number, text_of
from registry.intake.dates import day
from registry.intake.layouts.shape import (
    Columns,
    Context,
    FactRow,
    Reading,
    ReadRow,
    find_header,
)
from registry.intake.sheet import Sheet
from registry.people.rules import name_key

NAME = "aid_roster"
NEEDED = frozenset({"peserta", "nik", "nama"})
END = "###"
PERSON, FAMILY = "1", "2"
FAR_FUTURE = date(2200, 1, 1)
# Words that programmes go by in village files; the first that is found counts.
PROGRAMMES = (
    ("pkh", ("PKH", "KELUARGA HARAPAN")),
    (
        "blt_dd",
        ("BLT DD", "BLT DANA DESA", "BLTDD", "BLT DESA", "BANTUAN LANGSUNG TUNAI DANA DESA"),
    ),
    ("sembako", ("SEMBAKO", "BPNT", "PANGAN NON TUNAI")),
    ("bst", ("BANTUAN SOSIAL TUNAI", "BST")),
    # Before PIP: "Kartu Indonesia Pintar Kuliah" is a scholarship of students.
    ("scholarship", ("BEASISWA", "BIDIKMISI", "KIP KULIAH", "KIP K", "PINTAR KULIAH")),
    ("pip", ("INDONESIA PINTAR", "PIP")),
    ("pbi", ("PBI", "PENERIMA BANTUAN IURAN")),
    ("civil_servant", ("ASN", "PNS", "PPPK", "APARATUR SIPIL NEGARA", "PEGAWAI NEGERI SIPIL")),
)

# A family is no civil servant: such a list names people.
OF_PERSONS = frozenset({"civil_servant"})


def programme_of(name: str) -> str | None:
    """Return the roster's code for a programme's name as a village writes it."""
    words = f" {name_key(name)} "
    for code, known in PROGRAMMES:
        if any(f" {one} " in words for one in known):
            return code
    return None


def recognise(sheets: list[Sheet], _context: Context) -> Reading | None:
    """Return how to read the file when it has this layout; raises Refused for one half filled."""
    by_name = {sheet.name.strip().lower(): sheet for sheet in sheets}
    about, who = by_name.get("program"), by_name.get("peserta")
    if about is None or who is None:
        return None
    found = find_header(who, NEEDED)
    if found is None:
        return None
    facts = _about(about)
    name = facts.get("nama program", "")
    code = programme_of(name)
    if code is None:
        known = ", ".join(known[0] for _, known in PROGRAMMES)
        raise Refused("roster_programme_unknown", known=known)
    target = facts.get("sasaran program", "")
    if target not in {PERSON, FAMILY}:
        raise Refused("roster_target_unknown")
    if code in OF_PERSONS and target != PERSON:
        raise Refused("roster_of_persons")
    since, until = _period(facts)
    header_row, columns = found[0], Columns({name: found[1][name] for name in NEEDED})
    period = f"{since:%Y-%m}/{until:%Y-%m}"
    form = FactRow(f"roster.{code}", "yes", period, since, until)
    stated = {
        "roster": form.code,
        "programme_name": name,
        "period": period,
        "valid_from": since.isoformat(),
        "valid_to": until.isoformat(),
    }
    return Reading(
        NAME,
        who,
        header_row,
        columns,
        lambda: _rows(who, header_row, columns, form, by_family=target == FAMILY),
        stated,
        is_facts=True,
    )


def _period(facts: dict[str, str]) -> tuple[date, date]:
    try:
        since = day(facts.get("rentang waktu (awal)", ""), FAR_FUTURE)
        until = day(facts.get("rentang waktu (akhir)", ""), FAR_FUTURE)
    except CellProblem as problem:
        raise Refused("roster_period_missing") from problem
    if since is None or until is None or since > until:
        raise Refused("roster_period_missing")
    return since, until


def _about(sheet: Sheet) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, cells in sheet.rows():
        label = text_of(cells[0])
        if label == END:
            break
        found[label.lower()] = text_of(cells[1]) if len(cells) > 1 else ""
    return found


def _rows(
    sheet: Sheet, header_row: int, columns: Columns, form: FactRow, *, by_family: bool
) -> Iterator[ReadRow]:
    for number, cells in sheet.rows():
        if number <= header_row:
            continue
        if text_of(columns.cell(cells, "peserta")) == END:
            return
        yield _read(number, cells, columns, form, by_family)


def _read(
    number: int, cells: Sequence[Cell], columns: Columns, form: FactRow, by_family: bool
) -> ReadRow:
    row = ReadRow(number)
    fact = FactRow(form.code, form.value, form.period, form.valid_from, form.valid_to)
    fact.name = text_of(columns.cell(cells, "nama"))[:100]
    numbers = {}
    for name in ("peserta", "nik"):
        what = "KK" if by_family and name == "peserta" else "NIK"
        try:
            numbers[name] = long_number(columns.cell(cells, name))
        except CellProblem as problem:
            row.error(problem.code, columns[name], what=what)
            numbers[name] = ""
    if by_family:
        fact.kk, fact.nik = numbers["peserta"], numbers["nik"]
    else:
        fact.nik = numbers["nik"] or numbers["peserta"]
    if not row.errors and not fact.kk and not fact.nik:
        row.error("participant_missing", columns["peserta"])
    if not row.errors:
        row.content = fact
    return row

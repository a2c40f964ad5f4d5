"""What Dukcapil answered about each NIK: matched, not matched, dead, moved; CSV or workbook.

The words differ by office, so the first that is known in a cell counts. A NIK is the subject: the
KK number and name in such a file are Dukcapil's own and change nothing here.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from registry.intake.cells import Cell, CellProblem, long_number, text_of
from registry.intake.dates import day
from registry.intake.layouts.shape import (
    Columns,
    Context,
    FactRow,
    Reading,
    ReadRow,
    find_named,
)
from registry.intake.sheet import Sheet
from registry.people.rules import name_key

NAME = "dukcapil_match"
FACT_CODE = "dukcapil.match"
NEEDED = frozenset({"nik", "hasil"})
NAMES = {
    "nik": ("nik",),
    "nama": ("nama", "nama_lengkap", "nama_lgkp"),
    "hasil": (
        "hasil", "hasil_pemadanan", "hasil_padan", "hasil_validasi", "hasil_verifikasi",
        "status_padan", "status_pemadanan", "status_nik", "status_dukcapil", "respon", "response",
    ),
    "tanggal": ("tanggal_pemadanan", "tanggal_padan", "tgl_padan", "tanggal"),
}  # fmt: skip
# Tried in this order: "tidak cocok" holds "cocok", and a dead person's data may match as well.
RESULTS = (
    ("dead", ("MENINGGAL", "MATI", "WAFAT", "AKTA KEMATIAN")),
    ("moved", ("PINDAH",)),
    (
        "not_matched",
        ("TIDAK COCOK", "TIDAK PADAN", "TIDAK SESUAI", "TIDAK DITEMUKAN", "TIDAK ADA",
         "TIDAK TERDAFTAR", "TIDAK VALID", "BELUM PADAN", "NON PADAN", "GANDA", "NONAKTIF",
         "NON AKTIF", "TIDAK AKTIF", "NOT FOUND", "INVALID"),
    ),
    ("matched", ("COCOK", "PADAN", "SESUAI", "DITEMUKAN", "VALID", "AKTIF")),
)  # fmt: skip
# An answer holds until Dukcapil gives another one.
HOLDS_UNTIL = date(2200, 1, 1)


def result_of(text: str) -> str | None:
    """Return what an office's words mean: matched, not_matched, dead, moved; None when unknown."""
    words = f" {name_key(text)} "
    for result, known in RESULTS:
        if any(f" {one} " in words for one in known):
            return result
    return None


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    for sheet in sheets:
        found = find_named(sheet, NAMES, NEEDED)
        if found is not None:
            return reading_of(sheet, *found, context)
    return None


def reading_of(
    sheet: Sheet,
    header_row: int,
    columns: Columns,
    context: Context,
    about: Mapping[str, str] | None = None,
) -> Reading:
    """Return how to read results below a header whose columns are known."""
    return Reading(
        NAME,
        sheet,
        header_row,
        columns,
        partial(_rows, sheet, header_row, columns, context),
        {"source": "Dukcapil", **(about or {})},
        is_facts=True,
    )


def _rows(sheet: Sheet, header_row: int, columns: Columns, context: Context) -> Iterator[ReadRow]:
    for number, cells in sheet.rows():
        if number > header_row:
            yield _read(number, cells, columns, context)


def _read(number: int, cells: Sequence[Cell], columns: Columns, context: Context) -> ReadRow:
    row, nik, answered_on = ReadRow(number), "", context.today
    try:
        nik = long_number(columns.cell(cells, "nik"))
        if not nik:
            row.error("match_nik_missing", columns["nik"])
    except CellProblem as problem:
        row.error(problem.code, columns["nik"], what="NIK")
    result = result_of(text_of(columns.cell(cells, "hasil")))
    if result is None:
        row.error("match_result_unknown", columns["hasil"])
    try:
        stated = day(columns.cell(cells, "tanggal"), context.today, serials=True)
        answered_on = stated or context.today
    except CellProblem as problem:
        row.error(problem.code, columns["tanggal"])
    if not row.errors and result is not None:
        period = answered_on.isoformat()
        name = text_of(columns.cell(cells, "nama"))[:100]
        row.content = FactRow(
            FACT_CODE, result, period, answered_on, HOLDS_UNTIL, nik=nik, name=name
        )
    return row

"""The annex of a decree: the families that were signed for, numbers masked, with the hash."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import region_name
from common.sealed import Sealer
from common.web.formats import Formats, mask
from registry.enrolment import annex_queries as queries
from registry.enrolment.propose import get_for
from registry.people.rules import kk_context

ROWS = 5000
WORKBOOK_ROWS_MAX = 50_000
HEADINGS = ("No.", "Kode wilayah", "Desa/kelurahan", "Kepala keluarga", "Nomor KK", "Keterangan")
ACTIONS = {"enter": "Ditetapkan", "stay": "Diteruskan", "leave": "Diakhiri"}
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Annex:
    """What is under the decree: its heading lines, and a row for each family."""

    heading: list[tuple[str, str]]
    rows: list[tuple[str, ...]]


async def annex_of(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, list_id: UUID, *, as_workbook: bool
) -> Annex:
    """Return an approved list's annex and note who took it.

    Raises Refused: not_found, outside_your_regions, annex_not_ready, annex_too_large.
    """
    one = await get_for(tx, caller, list_id)
    if one["state"] != "approved":
        raise Refused("annex_not_ready")
    families = one["subjects"] + one["leaving"]
    if as_workbook and families > WORKBOOK_ROWS_MAX:
        raise Refused("annex_too_large")
    rows = [row async for row in _rows(tx, sealer, list_id)]
    await audit.record(
        tx,
        caller,
        "list.downloaded",
        "beneficiary_list",
        list_id,
        region_code=one["region_code"],
        details={"families": len(rows)},
    )
    return Annex(list(_heading(one)), rows)


def _heading(one: RowMapping) -> Iterator[tuple[str, str]]:
    formats = Formats("id")
    yield "Lampiran keputusan", f"{one['decree_number']}, {formats.date(one['decree_on'])}"
    yield "Wilayah", f"{region_name(one['region_code'])} ({one['region_code']})"
    yield "Keluarga ditetapkan", formats.number(one["subjects"])
    yield "Keluarga diakhiri", formats.number(one["leaving"])
    yield "Diusulkan", one["proposed_by_name"]
    yield "Diverifikasi", one["verified_by_name"]
    yield "Disetujui", one["approved_by_name"]
    if one["second_approved_by_name"]:
        yield "Persetujuan kedua", one["second_approved_by_name"]
    yield "Nomor daftar", str(one["id"])
    yield "Sidik isi daftar (SHA-256)", bytes(one["content_hash"]).hex()
    yield "Cara memeriksa", f"python -m registry.cli check-list {one['id']}"


async def _rows(
    tx: AsyncConnection, sealer: Sealer, list_id: UUID
) -> AsyncIterator[tuple[str, ...]]:
    after: dict[str, Any] = {"after": None, "after_region": ""}
    number = 0
    while True:
        asked = {"list_id": list_id, "rows": ROWS, **after}
        page = (await tx.execute(queries.ANNEX_ROWS, asked)).mappings().all()
        for row in page:
            number += 1
            yield _row(number, row, sealer)
        if len(page) < ROWS:
            return
        after = {"after": page[-1]["household_id"], "after_region": page[-1]["region_code"]}


def _row(number: int, row: RowMapping, sealer: Sealer) -> tuple[str, ...]:
    kk = ""
    if row["kk_sealed"] is not None:
        kk = mask(sealer.open_text(row["kk_sealed"], kk_context(row["kk_index"])))
    place = region_name(row["region_code"])
    return (
        str(number),
        row["region_code"],
        place,
        row["head_name"] or "",
        kk,
        ACTIONS[row["action"]],
    )


def as_csv(annex: Annex) -> bytes:
    """Return the annex as CSV that a spreadsheet opens without taking a name for a formula."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerows([_plain(cell) for cell in line] for line in annex.heading)
    out.writerow([])
    out.writerow(HEADINGS)
    out.writerows([_plain(cell) for cell in row] for row in annex.rows)
    return written.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def as_workbook(annex: Annex) -> bytes:
    """Return the annex as a workbook: a first page with the decree and the hash, then the list."""
    written = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, {"in_memory": True, **options}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        front = book.add_worksheet("Keputusan")
        front.set_column(0, 0, 28)
        front.set_column(1, 1, 72)
        for at, (label, value) in enumerate(annex.heading):
            front.write_string(at, 0, label, bold)
            front.write_string(at, 1, value, wrapped)
        sheet = book.add_worksheet("Daftar")
        for column, (heading, width) in enumerate(
            zip(HEADINGS, (7, 16, 26, 34, 20, 14), strict=True)
        ):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, bold)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        for at, row in enumerate(annex.rows, 1):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    return written.getvalue()

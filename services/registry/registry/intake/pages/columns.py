"""The page where a person says what the columns of an unknown file are."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.web.languages import N_
from common.web.pages import render
from registry.intake.cells import column_letters
from registry.intake.column_sample import SampleRow, SampleSheet
from registry.intake.columns import KINDS, Place, guess, guess_kind
from registry.intake.layouts.shape import HEADER_WITHIN
from registry.intake.name_columns import (
    Choice,
    ask_again,
    faults_in,
    is_repeat,
    name_columns,
    sample_for,
)

ROWS_SHOWN = 5
FIELD = "kolom-"

router = new_router(prefix="/imports", include_in_schema=False)
Uploader = Annotated[Principal, Depends(require("intake.upload"))]
FAULTS = {
    "missing": N_("Pilih kolomnya."),
    "twice": N_("Kolom ini sudah dipilih untuk isian lain."),
    "unlike": N_("Isi kolom ini tampaknya bukan itu. Pilih kolom lain."),
}


@router.get("/{import_id}/columns")
async def get_columns(
    import_id: UUID,
    request: Request,
    caller: Uploader,
    tx: Transaction,
    sheet: int = 0,
    header: int = 0,
    kind: str = "",
) -> HTMLResponse:
    """Show the first rows, and what each column probably is."""
    batch, sheets = await sample_for(tx, caller, request.app.state.sealer, import_id)
    chosen = max(0, min(sheet, len(sheets) - 1))
    header = header if sheets[chosen].header(header) else sheets[chosen].likely_header()
    places = sheets[chosen].places(header)
    kind = kind if kind in KINDS else guess_kind(places)
    choice = Choice(chosen, header, kind, guess(KINDS[kind], places))
    await audit.record(
        tx, caller, "import.read", "import", import_id, region_code=batch["region_code"]
    )
    return _shown(request, batch, sheets, choice, mapping_id=new_id(), faults={})


@router.post("/{import_id}/columns")
async def post_columns(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction
) -> Response:
    """Keep what was chosen and have the file read, or say which choice does not fit."""
    form = await request.form()
    given = {key: str(value) for key, value in form.items() if isinstance(value, str)}
    choice = Choice(
        _number(given.get("sheet")),
        _number(given.get("header")),
        given.get("kind", ""),
        {
            name.removeprefix(FIELD): _number(value)
            for name, value in given.items()
            if name.startswith(FIELD) and value
        },
    )
    sealer = request.app.state.sealer
    mapping_id = UUID(given["id"]) if _is_id(given.get("id")) else new_id()
    if await is_repeat(tx, mapping_id, choice):
        return RedirectResponse(f"/imports/{import_id}", status_code=303)
    batch, sheets = await sample_for(tx, caller, sealer, import_id)
    faults = faults_in(sheets, choice)
    if faults and "table" not in faults:
        return _shown(
            request, batch, sheets, choice, mapping_id=mapping_id, faults=faults, status=422
        )
    await name_columns(tx, caller, sealer, import_id, mapping_id=mapping_id, choice=choice)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)


@router.post("/{import_id}/columns/again")
async def post_columns_again(import_id: UUID, caller: Uploader, tx: Transaction) -> Response:
    """Ask once more what the columns are."""
    await ask_again(tx, caller, import_id)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)


def _shown(
    request: Request,
    batch: RowMapping,
    sheets: list[SampleSheet],
    choice: Choice,
    *,
    mapping_id: UUID,
    faults: Mapping[str, str],
    status: int = 200,
) -> HTMLResponse:
    sheet = sheets[choice.sheet]
    rows = sheet.below(choice.header_row)
    places = sheet.places(choice.header_row)
    _ = request.app.state.pages.gettext(request)
    kind = KINDS[choice.kind]
    errors = {f"{FIELD}{name}": f"{_(kind.targets[name].label)}: {_(FAULTS[code])}"
              for name, code in faults.items() if name in kind.targets}  # fmt: skip
    return render(
        request,
        "intake/columns.html",
        status=status,
        batch=batch,
        id=mapping_id,
        choice=choice,
        kind=kind,
        kinds=KINDS,
        sheets=sheets,
        headings=[
            (row.number, " · ".join(cell for cell in row.cells if cell)[:60])
            for row in sheet.rows
            if row.number <= HEADER_WITHIN
        ],
        columns=[_column(at, place, rows) for at, place in enumerate(places)],
        rows=[_cells(row, len(places)) for row in rows[:ROWS_SHOWN]],
        errors=errors,
        field=FIELD,
    )


def _column(at: int, place: Place, rows: list[SampleRow]) -> dict[str, Any]:
    cells = (row.cells[at] for row in rows if at < len(row.cells))
    return {
        "at": at,
        "letters": column_letters(at),
        "heading": place.heading,
        "example": next((cell for cell in cells if cell), ""),
    }


def _cells(row: SampleRow, width: int) -> list[str]:
    return [*row.cells[:width], *[""] * (width - len(row.cells))]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else -1


def _is_id(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True

"""The pages of an import: choose a village and a file, read what is wrong, write what is right."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.web.languages import language
from common.web.pages import render
from registry.intake import commit, queries
from registry.intake.dry_run import differences
from registry.intake.pages.words import WORDS, second_text
from registry.intake.routes import UPLOAD_BYTES_MAX, RowNumber
from registry.intake.texts import row_text
from registry.intake.upload import get_for, upload
from registry.intake.wrong_rows import wrong_rows_workbook
from registry.jobs.failure import failure_words
from registry.jobs.request import latest
from registry.people.choices import larger_regions, village_choice

ROWS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RUNNING = frozenset({"uploaded", "committing", "undoing"})
CHANGES_SHOWN = 10

router = new_router(prefix="/imports", include_in_schema=False)
Uploader = Annotated[Principal, Depends(require("intake.upload"))]
Committer = Annotated[Principal, Depends(require("intake.commit"))]


@router.get("")
async def get_imports(
    request: Request, caller: Uploader, tx: Transaction, before: UUID | None = None
) -> HTMLResponse:
    """Show the files of the caller's regions."""
    asked = {"scopes": list(caller.regions), "before": before, "rows": ROWS}
    rows = (await tx.execute(queries.BATCHES, asked)).mappings().all()
    after = rows[-1]["id"] if len(rows) == ROWS else None
    return render(request, "intake/list.html", rows=rows, next_before=after, **WORDS)


@router.get("/new")
async def get_new(request: Request, caller: Uploader, regency: str = "") -> HTMLResponse:
    """Show the upload form."""
    return render(
        request,
        "intake/new.html",
        id=new_id(),
        choice=village_choice(caller, regency),
        larger=larger_regions(caller),
    )


@router.post("", max_body_size=UPLOAD_BYTES_MAX)
async def post_import(
    request: Request,
    caller: Uploader,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take a file and go to its page."""
    batch = await upload(
        tx,
        caller,
        request.app.state.sealer,
        import_id=id,
        region_code=region_code,
        file_name=file.filename or "",
        content=file,
    )
    return RedirectResponse(f"/imports/{batch['id']}", status_code=303)


@router.get("/{import_id}")
async def get_import(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction, after: RowNumber = 0
) -> HTMLResponse:
    """Show how far a file is, what is wrong in it, and what saving it would do."""
    batch = await get_for(tx, caller, import_id)
    lang = language(request)
    asked = {"import_id": import_id, "after": after, "rows": ROWS}
    wrong = (await tx.execute(queries.WRONG_ROWS, asked)).mappings().all()
    summary = (await tx.execute(queries.PROBLEM_COUNTS, {"import_id": import_id})).mappings()
    twin = {"import_id": import_id, "sha256": batch["sha256"], "region_code": batch["region_code"]}
    same = await tx.execute(queries.SAME_FILE_BEFORE, twin)
    await audit.record(
        tx, caller, "import.read", "import", import_id, region_code=batch["region_code"]
    )
    job = await latest(tx, import_id)
    refusals = request.app.state.refusals
    return render(
        request,
        "intake/import.html",
        batch=batch,
        job=job,
        is_running=batch["state"] in RUNNING,
        mapped_on=_mapped_on(batch),
        failure=failure_words(refusals, batch["failure_code"], batch["failure_facts"], lang),
        undo_failure=job
        and failure_words(refusals, job["failure_code"], job["failure_facts"], lang),
        wrong=[
            {"cell": one["cell"], "text": row_text(one, lang)}
            for row in wrong
            for one in row["errors"]
        ],
        next_after=wrong[-1]["row_number"] if len(wrong) == ROWS else None,
        changed=await _first_changes(tx, import_id),
        second=[second_text(one) for one in batch["second_reasons"]],
        summary=[{**row, "text": row_text({"other_row": "…", **row}, lang)} for row in summary],
        same=same.mappings().first(),
        **WORDS,
    )


async def _first_changes(tx: AsyncConnection, import_id: UUID) -> list[dict[str, object]]:
    asked = {"import_id": import_id, "change": "changed", "after": 0, "rows": CHANGES_SHOWN}
    rows = (await tx.execute(queries.CHANGES, asked)).mappings()
    return [{**row, "differences": differences(dict(row))} for row in rows]


def _mapped_on(batch: RowMapping) -> date | None:
    """Return when a person named the columns that this file was recognised by."""
    stated = batch["about"].get("mapped_on")
    return date.fromisoformat(stated) if stated else None


@router.get("/{import_id}/progress")
async def get_progress(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction
) -> HTMLResponse:
    """Show how far the worker is; the page reloads itself when the work is over."""
    batch = await get_for(tx, caller, import_id)
    is_running = batch["state"] in RUNNING
    answer = render(
        request,
        "intake/progress.html",
        batch=batch,
        job=await latest(tx, import_id),
        is_running=is_running,
        **WORDS,
    )
    if not is_running:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/{import_id}/commit")
async def post_commit(import_id: UUID, caller: Committer, tx: Transaction) -> Response:
    """Have the right rows written."""
    await commit.ask_commit(tx, caller, import_id)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)


@router.post("/{import_id}/withdraw")
async def post_withdraw(import_id: UUID, caller: Committer, tx: Transaction) -> Response:
    """Set the file aside."""
    await commit.withdraw(tx, caller, import_id)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)


@router.get("/{import_id}/wrong-rows.xlsx")
async def get_wrong_rows(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction
) -> Response:
    """Return the clerk's file with a column that says what was found."""
    sealer = request.app.state.sealer
    content = await wrong_rows_workbook(tx, caller, sealer, import_id, language(request))
    name = f'attachment; filename="pemeriksaan-{str(import_id)[-8:]}.xlsx"'
    headers = {"content-disposition": name, "cache-control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)

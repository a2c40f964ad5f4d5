"""The JSON interface to imports: upload, state, wrong rows, commit."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, File, Form, Query, Request, UploadFile

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.intake import commit, dry_run, queries
from registry.intake.schemas import UndoBody, import_json
from registry.intake.sheet import TEXT_BYTES_MAX
from registry.intake.texts import row_text
from registry.intake.undo import ask_undo
from registry.intake.upload import get_for, upload

FORM_BYTES = 64 * 1024
UPLOAD_BYTES_MAX = TEXT_BYTES_MAX + FORM_BYTES
ROWS = 200
ROW_NUMBER_MAX = 2**31 - 1

router = new_router(prefix="/v1/imports", tags=["imports"])
Uploader = Annotated[Principal, Depends(require("intake.upload"))]
Committer = Annotated[Principal, Depends(require("intake.commit"))]
RowNumber = Annotated[int, Query(ge=0, le=ROW_NUMBER_MAX)]


@router.post("", status_code=202, max_body_size=UPLOAD_BYTES_MAX)
async def post_import(
    request: Request,
    caller: Uploader,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
    file: Annotated[UploadFile, File()],
) -> dict[str, Any]:
    """Take a file for a region; the worker reads it. A repeat with the same id is the same."""
    batch = await upload(
        tx,
        caller,
        request.app.state.sealer,
        import_id=id,
        region_code=region_code,
        file_name=file.filename or "",
        content=file,
    )
    return import_json(batch, request.app.state.refusals)


@router.get("")
async def get_imports(
    caller: Uploader, tx: Transaction, before: UUID | None = None
) -> dict[str, Any]:
    """Return the files of the caller's regions, the newest first."""
    asked = {"scopes": list(caller.regions), "before": before, "rows": ROWS}
    rows = (await tx.execute(queries.BATCHES, asked)).mappings().all()
    return {
        "imports": [dict(row) for row in rows],
        "next": rows[-1]["id"] if len(rows) == ROWS else None,
    }


@router.get("/{import_id}")
async def get_import(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction
) -> dict[str, Any]:
    """Return how far a file is, and what would be new, changed or wrong."""
    return import_json(await get_for(tx, caller, import_id), request.app.state.refusals)


@router.get("/{import_id}/errors")
async def get_import_errors(
    import_id: UUID, caller: Uploader, tx: Transaction, after: RowNumber = 0
) -> dict[str, Any]:
    """Return the rows that are wrong, each with its cell and what to do, in both languages."""
    batch = await get_for(tx, caller, import_id)
    asked = {"import_id": import_id, "after": after, "rows": ROWS}
    rows = (await tx.execute(queries.WRONG_ROWS, asked)).mappings().all()
    await audit.record(
        tx, caller, "import.read", "import", import_id, region_code=batch["region_code"]
    )
    return {
        "rows": [
            {
                "row_number": row["row_number"],
                "errors": [
                    {**one, "id": row_text(one, "id"), "en": row_text(one, "en")}
                    for one in row["errors"]
                ],
            }
            for row in rows
        ],
        "next": rows[-1]["row_number"] if len(rows) == ROWS else None,
    }


@router.post("/{import_id}/commit", status_code=202)
async def post_commit(
    import_id: UUID, request: Request, caller: Committer, tx: Transaction
) -> dict[str, Any]:
    """Have the right rows written; wrong ones stay listed."""
    batch = await commit.ask_commit(tx, caller, import_id)
    return import_json(batch, request.app.state.refusals)


@router.post("/{import_id}/withdraw")
async def post_withdraw(
    import_id: UUID, request: Request, caller: Committer, tx: Transaction
) -> dict[str, Any]:
    """Set a checked file aside."""
    await commit.withdraw(tx, caller, import_id)
    return import_json(await get_for(tx, caller, import_id), request.app.state.refusals)


@router.post("/{import_id}/confirmation", status_code=202)
async def post_confirmation(
    import_id: UUID, request: Request, caller: Committer, tx: Transaction
) -> dict[str, Any]:
    """Let a large change be written, as somebody who did not ask for it."""
    batch = await commit.confirm(tx, caller, import_id)
    return import_json(batch, request.app.state.refusals)


@router.post("/{import_id}/undo", status_code=202)
async def post_undo(
    import_id: UUID, body: UndoBody, request: Request, caller: Committer, tx: Transaction
) -> dict[str, Any]:
    """Have a committed file taken out again, as somebody who did not commit it."""
    batch = await ask_undo(tx, caller, import_id, body.reason)
    return import_json(batch, request.app.state.refusals)


@router.get("/{import_id}/changes")
async def get_changes(
    import_id: UUID,
    caller: Uploader,
    tx: Transaction,
    change: Literal["new", "changed"] = "changed",
    after: RowNumber = 0,
) -> dict[str, Any]:
    """Return what committing changes, field by field; numbers stay masked."""
    rows = await dry_run.changes(tx, caller, import_id, change, after)
    return {"rows": rows, "next": rows[-1]["row_number"] if len(rows) == dry_run.ROWS else None}


@router.get("/{import_id}/missing")
async def get_missing(
    import_id: UUID, caller: Uploader, tx: Transaction, after: UUID | None = None
) -> dict[str, Any]:
    """Return the living of the file's villages whom it does not name."""
    rows = await dry_run.missing(tx, caller, import_id, after)
    return {"rows": rows, "next": rows[-1]["person_id"] if len(rows) == dry_run.ROWS else None}

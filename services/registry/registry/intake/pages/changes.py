"""The pages of a dry run, and of a second person: what changes, who is missing, confirm, undo."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from registry.intake import commit, dry_run
from registry.intake.pages.words import WORDS
from registry.intake.routes import RowNumber
from registry.intake.undo import ask_undo
from registry.intake.upload import get_for

router = new_router(prefix="/imports/{import_id}", include_in_schema=False)
Uploader = Annotated[Principal, Depends(require("intake.upload"))]
Committer = Annotated[Principal, Depends(require("intake.commit"))]


@router.get("/changes")
async def get_changes(
    import_id: UUID,
    request: Request,
    caller: Uploader,
    tx: Transaction,
    change: Literal["new", "changed"] = "changed",
    after: RowNumber = 0,
) -> HTMLResponse:
    """Show what saving the file changes, field by field."""
    rows = await dry_run.changes(tx, caller, import_id, change, after)
    return render(
        request,
        "intake/changes.html",
        batch=await get_for(tx, caller, import_id),
        rows=rows,
        change=change,
        next_after=rows[-1]["row_number"] if len(rows) == dry_run.ROWS else None,
        **WORDS,
    )


@router.get("/missing")
async def get_missing(
    import_id: UUID, request: Request, caller: Uploader, tx: Transaction, after: UUID | None = None
) -> HTMLResponse:
    """Show the living whom the file does not name."""
    rows = await dry_run.missing(tx, caller, import_id, after)
    return render(
        request,
        "intake/missing.html",
        batch=await get_for(tx, caller, import_id),
        rows=rows,
        next_after=rows[-1]["person_id"] if len(rows) == dry_run.ROWS else None,
    )


@router.post("/confirmation")
async def post_confirmation(import_id: UUID, caller: Committer, tx: Transaction) -> Response:
    """Let a large change be written."""
    await commit.confirm(tx, caller, import_id)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)


@router.get("/undo")
async def get_undo(
    import_id: UUID, request: Request, caller: Committer, tx: Transaction
) -> HTMLResponse:
    """Ask why the file is to be undone."""
    batch = await get_for(tx, caller, import_id)
    return render(request, "intake/undo.html", batch=batch)


@router.post("/undo")
async def post_undo(
    import_id: UUID,
    caller: Committer,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Have the file undone."""
    await ask_undo(tx, caller, import_id, reason)
    return RedirectResponse(f"/imports/{import_id}", status_code=303)

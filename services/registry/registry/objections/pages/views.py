"""The pages of objections: what is owed, one of them with its steps, how many of what."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.web.pages import render
from registry.objections import decide, evidence, queries, read
from registry.objections.pages.words import WORDS
from registry.objections.routes import FILES_BYTES_MAX, Page
from registry.objections.rules import (
    FILES_MAX,
    MEDIA_NAMES,
    REASON_CHARACTERS_MAX,
    WORDS_CHARACTERS_MAX,
)
from registry.people.panels import Panel

router = new_router(prefix="/objections", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Receiver = Annotated[Principal, Depends(require("objections.receive"))]
Decider = Annotated[Principal, Depends(require("objections.decide"))]
Counter = Annotated[Principal, Depends(require("reports.read"))]
Reason = Annotated[str, Form(max_length=REASON_CHARACTERS_MAX)]


@router.get("")
async def get_objections(
    request: Request, caller: Reader, tx: Transaction, show: str = "open", page: Page = 0
) -> HTMLResponse:
    """Show the objections of the caller's regions, what is overdue first."""
    rows = await read.listed(tx, caller, show=show, page=page)
    return render(
        request,
        "objections/list.html",
        rows=rows,
        show=show,
        next_page=page + 1 if len(rows) == read.ROWS else None,
        overdue=sum(row["is_overdue"] for row in rows),
        **WORDS,
    )


@router.get("/statistics")
async def get_statistics(request: Request, caller: Counter, tx: Transaction) -> HTMLResponse:
    """Show how many objections each village has, and how they ended."""
    rows = [
        {**row, "upheld_percent": read.upheld_percent(row)}
        for row in await read.statistics(tx, caller)
    ]
    return render(request, "objections/statistics.html", rows=rows)


@router.get("/{objection_id}")
async def get_objection(
    objection_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show an objection, and what the caller may do about it."""
    shown = await read.show(tx, caller, request.app.state.sealer, objection_id)
    one, who = shown.one, caller.subject
    return render(
        request,
        "objections/objection.html",
        shown=shown,
        may_receive="objections.receive" in caller.permissions,
        may_decide="objections.decide" in caller.permissions,
        is_receiver=one["received_by"] == who,
        decided_first=who in one["first_deciders"],
        files_left=FILES_MAX - len(shown.evidence),
        today=read.today(),
        **WORDS,
    )


@router.get("/{objection_id}/evidence/{evidence_id}")
async def get_evidence(
    objection_id: UUID, evidence_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> Response:
    """Return a photo or a paper, to be saved; never shown inside our own pages."""
    one = await read.get_for(tx, caller, objection_id)
    found, content = await evidence.opened(tx, caller, request.app.state.sealer, one, evidence_id)
    ending = MEDIA_NAMES[found["media_type"]]
    name = f"{one['receipt_number']}-{found['position']}.{ending}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=found["media_type"], headers=headers)


def _back(objection_id: UUID) -> Response:
    return RedirectResponse(f"/objections/{objection_id}", status_code=303)


@router.post("/{objection_id}/evidence", max_body_size=FILES_BYTES_MAX)
async def post_evidence(
    objection_id: UUID,
    request: Request,
    caller: Receiver,
    tx: Transaction,
    files: Annotated[list[UploadFile], File()],
) -> Response:
    """Add photos or papers."""
    sealer = request.app.state.sealer
    for file in files:
        await evidence.add_evidence(
            tx, caller, sealer, objection_id, evidence_id=new_id(), content=file
        )
    return _back(objection_id)


@router.post("/{objection_id}/examination")
async def post_examination(
    objection_id: UUID,
    request: Request,
    caller: Receiver,
    tx: Transaction,
    how: Annotated[str, Form(max_length=20)],
    examined_on: Annotated[date, Form()],
    findings: Annotated[str, Form(max_length=WORDS_CHARACTERS_MAX)],
) -> Response:
    """Note what was found."""
    sealer = request.app.state.sealer
    said: dict[str, Any] = {"how": how, "examined_on": examined_on, "findings": findings}
    await decide.examine(tx, caller, sealer, objection_id, **said)
    return _back(objection_id)


@router.post("/{objection_id}/lateness")
async def post_lateness(
    objection_id: UUID,
    caller: Decider,
    tx: Transaction,
    is_accepted: Annotated[bool, Form()],
    late_reason: Reason,
) -> Response:
    """Let it in although late, or refuse it."""
    await decide.judge_late(tx, caller, objection_id, is_accepted=is_accepted, reason=late_reason)
    return _back(objection_id)


@router.post("/{objection_id}/outcome")
async def post_outcome(
    objection_id: UUID,
    caller: Decider,
    tx: Transaction,
    is_upheld: Annotated[bool, Form()],
    reason: Reason,
) -> Response:
    """Uphold or reject it."""
    await decide.decide(tx, caller, objection_id, is_upheld=is_upheld, reason=reason)
    return _back(objection_id)


@router.post("/{objection_id}/withdrawal")
async def post_withdrawal(
    objection_id: UUID, caller: Receiver, tx: Transaction, withdrawal_reason: Reason
) -> Response:
    """Note that the family takes it back."""
    await decide.withdraw(tx, caller, objection_id, withdrawal_reason)
    return _back(objection_id)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return a family's objections, for its page."""
    asked = {"household_id": household_id, "today": read.today()}
    rows = (await tx.execute(queries.OF_HOUSEHOLD, asked)).mappings().all()
    values: dict[str, Any] = {"objections": rows, "household_id": household_id, **WORDS}
    return Panel("objections/household_panel.html", values)

"""The pages of changes: choose what happened, see what it will do, have another confirm it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, problem
from common.web.languages import language
from common.web.pages import render
from registry.changes import confirm, queries, read, record
from registry.changes.pages.form import ChangeForm, offered, places, possible_kinds
from registry.changes.pages.words import WORDS
from registry.changes.routes import keys_of
from registry.changes.words import KINDS
from registry.people.panels import Panel

router = new_router(prefix="/changes", include_in_schema=False)
Recorder = Annotated[Principal, Depends(require("changes.record"))]
Confirmer = Annotated[Principal, Depends(require("changes.confirm"))]
Reader = Annotated[Principal, Depends(require("people.read"))]
Sent = Annotated[ChangeForm, Form()]
Note = Annotated[str, Form(max_length=600)]
# Refusals that are about the form itself are shown above it; the others have a page of their own.
ELSEWHERE = frozenset({"not_found", "outside_your_regions", "id_reused"})


@router.get("")
async def get_changes(
    request: Request,
    caller: Reader,
    tx: Transaction,
    show: str = "recorded",
    before: UUID | None = None,
) -> HTMLResponse:
    """Show the changes of the caller's regions, those that wait first."""
    state = "recorded" if show == "recorded" else ""
    rows = await read.listed(tx, caller, state, before)
    after = rows[-1]["id"] if len(rows) == read.ROWS else None
    return render(request, "changes/list.html", rows=rows, show=show, next_before=after, **WORDS)


@router.get("/new")
async def get_new(
    household_id: UUID, request: Request, caller: Recorder, tx: Transaction
) -> HTMLResponse:
    """Show what can have happened to a family."""
    shown = await offered(tx, caller, household_id)
    kinds = possible_kinds(shown)
    return render(request, "changes/kinds.html", shown=shown, kinds=kinds, **WORDS)


@router.get("/new/{kind}")
async def get_form(
    kind: str,
    household_id: UUID,
    request: Request,
    caller: Recorder,
    tx: Transaction,
    regency: str = "",
    corrects_id: UUID | None = None,
) -> HTMLResponse:
    """Show the form of one kind of change."""
    if kind not in KINDS and not (kind == "correction" and corrects_id):
        raise Refused("not_found")
    empty = ChangeForm(
        id=new_id(),
        household_id=household_id,
        kind=kind,
        new_household_id=str(new_id()),
        corrects_id=str(corrects_id or ""),
    )
    return await _form(request, caller, tx, empty, regency=regency)


async def _form(
    request: Request,
    caller: Principal,
    tx: Transaction,
    sent: ChangeForm,
    *,
    regency: str = "",
    refusal: Refused | None = None,
) -> HTMLResponse:
    shown = await offered(tx, caller, sent.household_id)
    return render(
        request,
        "changes/form.html",
        status=422 if refusal else 200,
        shown=shown,
        sent=sent,
        error=_said(request, refusal),
        choice=places(regency or sent.to_region_code[:5] or shown.family.region_code[:5]),
        **WORDS,
    )


def _said(request: Request, refusal: Refused | None) -> str:
    """Return a refusal in the words of the page, with what to do."""
    if refusal is None:
        return ""
    _, said = problem(
        refusal.code, refusal.facts, request.app.state.refusals, language(request), ""
    )
    return f"{said['title']}. {said['detail']}"


@router.post("/preview")
async def post_preview(
    request: Request, caller: Recorder, tx: Transaction, sent: Sent
) -> HTMLResponse:
    """Show what the change would do, before it is recorded."""
    try:
        recording = sent.recording()
        ready = await record.prepare(tx, caller, keys_of(request), recording)
    except Refused as refusal:
        if refusal.code in ELSEWHERE:
            raise
        return await _form(request, caller, tx, sent, refusal=refusal)
    plan = ready.plan.as_json()
    names, enrolments = await read.names_in(tx, plan)
    return render(
        request,
        "changes/preview.html",
        sent=sent,
        recording=recording,
        plan=plan,
        names=names,
        enrolments=enrolments,
        head_name=(await offered(tx, caller, sent.household_id)).head_name,
        **WORDS,
    )


@router.post("")
async def post_change(request: Request, caller: Recorder, tx: Transaction, sent: Sent) -> Response:
    """Record the change and go to its page."""
    change = await record.record(tx, caller, keys_of(request), sent.recording())
    return RedirectResponse(f"/changes/{change['id']}", status_code=303)


@router.get("/{change_id}")
async def get_change(
    change_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show a change with its plan, and what the caller may do about it."""
    shown = await read.show(tx, caller, change_id)
    may_confirm = (
        "changes.confirm" in caller.permissions
        and caller.covers(shown.change["to_region_code"])
        and shown.change["recorded_by"] != caller.subject
    )
    return render(
        request,
        "changes/change.html",
        shown=shown,
        plan=shown.change["plan"],
        names=shown.names,
        enrolments=shown.enrolments,
        may_confirm=may_confirm,
        is_own=shown.change["recorded_by"] == caller.subject,
        **WORDS,
    )


@router.post("/{change_id}/confirm")
async def post_confirm(
    change_id: UUID,
    request: Request,
    caller: Confirmer,
    tx: Transaction,
    plan_hash: Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")],
) -> Response:
    """Do the change as it was shown."""
    await confirm.confirm(tx, caller, keys_of(request), change_id, bytes.fromhex(plan_hash))
    return RedirectResponse(f"/changes/{change_id}", status_code=303)


@router.post("/{change_id}/return")
async def post_return(change_id: UUID, caller: Confirmer, tx: Transaction, note: Note) -> Response:
    """Send the change back."""
    await confirm.send_back(tx, caller, change_id, note)
    return RedirectResponse(f"/changes/{change_id}", status_code=303)


@router.post("/{change_id}/withdraw")
async def post_withdraw(change_id: UUID, caller: Recorder, tx: Transaction) -> Response:
    """Take one's own change back."""
    await confirm.withdraw(tx, caller, change_id)
    return RedirectResponse(f"/changes/{change_id}", status_code=303)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return what has happened to a family, for its page."""
    asked = {"household_id": household_id}
    rows = (await tx.execute(queries.OF_HOUSEHOLD, asked)).mappings().all()
    values: dict[str, Any] = {"changes": rows, "household_id": household_id, **WORDS}
    return Panel("changes/household_panel.html", values)

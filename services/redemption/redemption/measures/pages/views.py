"""The pages of limits, clocks and thresholds: what holds, what waits, and how it changes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, problem
from common.web.languages import language
from common.web.pages import render
from redemption.measures import queries
from redemption.measures.change import Proposal, decide, propose
from redemption.measures.rules import FORMS, REASON_MAX, REASON_MIN, TOPICS
from redemption.measures.words import WORDS

router = new_router(prefix="/measures", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("signals.read"))]
Changer = Annotated[Principal, Depends(require("signals.judge"))]
DIGITS_MAX = 6


@router.get("")
async def get_measures(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show what holds now, and what waits for a second person."""
    versions = await queries.every_version(tx)
    current = {topic: await queries.current(tx, topic) for topic in TOPICS}
    return render(
        request,
        "measures/list.html",
        current=current,
        forms=FORMS,
        waiting=[row for row in versions if row["state"] == "proposed"],
        may_change="signals.judge" in caller.permissions,
        person=caller.subject,
        **WORDS,
    )


@router.get("/{topic}/{code}")
async def get_measure(
    topic: str, code: str, request: Request, caller: Reader, tx: Transaction
) -> Response:
    """Show one with all its versions, and the form that changes it."""
    return await _show(request, caller, tx, (topic, code), sent={"id": str(new_id())})


async def _show(
    request: Request,
    caller: Principal,
    tx: Transaction,
    which: tuple[str, str],
    *,
    sent: dict[str, str],
    error: str = "",
) -> Response:
    topic, code = which
    if code not in FORMS.get(topic, {}):
        raise Refused("not_found")
    every = await queries.every_version(tx)
    now = await queries.current_one(tx, topic, code)
    values: dict[str, Any] = {
        "topic": topic,
        "code": code,
        "form": FORMS[topic][code],
        "now": now.settings if now else None,
        "shown": {**(now.settings if now else {}), **sent},
        "versions": [row for row in every if (row["topic"], row["code"]) == which],
        "sent": sent,
        "error": error,
        "may_change": "signals.judge" in caller.permissions,
        "limits": {"least": REASON_MIN, "most": REASON_MAX},
    }
    status = 422 if error else 200
    return render(request, "measures/change.html", status=status, **values, **WORDS)


@router.post("/{topic}/{code}")
async def post_change(
    topic: str,
    code: str,
    request: Request,
    caller: Changer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    reason: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Put a change before a second person."""
    form = await request.form()
    names = FORMS.get(topic, {}).get(code, {})
    sent = {name: str(form.get(name, ""))[:DIGITS_MAX] for name in names}
    sent |= {"id": str(id), "reason": reason}
    try:
        async with tx.begin_nested():
            numbers = {name: _number(sent[name]) for name in names}
            await propose(tx, caller, Proposal(id, topic, code, numbers, reason))
    except Refused as refusal:
        if refusal.code == "id_reused":
            raise
        said = _said(request, refusal)
        return await _show(request, caller, tx, (topic, code), sent=sent, error=said)
    return RedirectResponse("/measures", status_code=303)


def _number(text: str) -> int:
    try:
        return int(text or "0")
    except ValueError:
        raise Refused("invalid_input") from None


def _said(request: Request, refusal: Refused) -> str:
    known = request.app.state.refusals
    _, said = problem(refusal.code, refusal.facts, known, language(request), "")
    return f"{said['title']}. {said['detail']}"


@router.post("/changes/{measure_id}/decision")
async def post_decision(
    measure_id: UUID,
    caller: Changer,
    tx: Transaction,
    is_approved: Annotated[bool, Form()],
) -> Response:
    """Let a change hold, or refuse it."""
    await decide(tx, caller, measure_id, is_approved=is_approved)
    return RedirectResponse("/measures", status_code=303)

"""The pages of the data protection officer: the register, one request, retention."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.clock import utc_now
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.pages import render
from registry.people import household
from registry.privacy import request_rules as rules
from registry.privacy import requests, retention
from registry.privacy.answer import answer, lift
from registry.privacy.correct import Keys
from registry.privacy.pages.personal_words import RETENTION
from registry.privacy.processing import ACTIVITIES
from registry.privacy.rules import WIB

router = new_router(prefix="/personal-data", include_in_schema=False)
Officer = Annotated[Principal, Depends(require("privacy.manage"))]
Text = Annotated[str, Form(max_length=rules.TEXT_CHARACTERS_MAX)]
Word = Annotated[str, Form(max_length=40)]
SAID_HERE = frozenset(
    {"invalid_input", "correction_value_wrong", "received_in_future", "reason_too_short",
     "own_request", "payments_must_stay", "nik_of_another"}
)  # fmt: skip
WORDS: dict[str, Any] = {
    "kinds": rules.KINDS,
    "articles": rules.ARTICLES,
    "roles": rules.REQUESTER_ROLES,
    "proofs": rules.PROOFS,
    "states": rules.STATES,
    "fields": rules.FIELDS,
}


def keys_of(request: Request) -> Keys:
    """Return what seals and finds numbers in this process."""
    return Keys(request.app.state.sealer, request.app.state.blind_index)


@router.get("")
async def get_register(request: Request, caller: Officer, tx: Transaction) -> HTMLResponse:
    """Show the requests that wait, the late ones first, and the answered ones."""
    register = await requests.register(tx, caller)
    now = utc_now()
    clocks = {row["id"]: rules.clock(row["due_at"], now) for row in register.open}
    return render(request, "privacy/register.html", register=register, clocks=clocks, **WORDS)


@router.get("/new")
async def get_new(
    request: Request, caller: Officer, tx: Transaction, household_id: UUID | None = None
) -> HTMLResponse:
    """Show the form for a request of a member of a family."""
    return await _form(request, caller, tx, household_id)


async def _form(
    request: Request,
    caller: Principal,
    tx: Transaction,
    household_id: UUID | None,
    *,
    given: dict[str, Any] | None = None,
    refusal: str = "",
) -> HTMLResponse:
    family = await household.read(tx, caller, household_id) if household_id else None
    return render(
        request,
        "privacy/new_request.html",
        status=422 if refusal else 200,
        family=family,
        given=given or {"id": new_id()},
        today=utc_now().astimezone(WIB),
        refusal=refusal,
        **WORDS,
    )


@router.post("/requests")
async def post_request(
    request: Request,
    caller: Officer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    household_id: Annotated[UUID, Form()],
    person_id: Annotated[UUID, Form()],
    kind: Word = "",
    requester: Text = "",
    requester_role: Word = "",
    identity_seen: Word = "",
    wish: Text = "",
    received_on: Annotated[date | None, Form()] = None,
    received_time: Annotated[time | None, Form()] = None,
    field: Word = "",
    value: Text = "",
    evidence: Text = "",
) -> Response:
    """Record a request."""
    now = utc_now()
    received = _moment(received_on, received_time) or now
    new = requests.NewRequest(
        id, kind, person_id, requester, requester_role, identity_seen, wish,
        min(received, now) if (received - now).total_seconds() < 60 else received,
        field, value, evidence,
    )  # fmt: skip
    try:
        async with tx.begin_nested():
            await requests.receive(tx, caller, keys_of(request), new)
    except Refused as refusal:
        if refusal.code not in SAID_HERE:
            raise
        given = {
            "id": id, "kind": kind, "person_id": person_id, "requester": requester, "wish": wish,
            "requester_role": requester_role, "identity_seen": identity_seen, "field": field,
            "evidence": evidence,
        }  # fmt: skip
        return await _form(request, caller, tx, household_id, given=given, refusal=refusal.code)
    return RedirectResponse(f"/personal-data/requests/{id}", status_code=303)


def _moment(day: date | None, hour: time | None) -> datetime | None:
    return None if day is None else datetime.combine(day, hour or time(), WIB)


@router.get("/requests/{request_id}")
async def get_request(
    request_id: UUID, request: Request, caller: Officer, tx: Transaction
) -> HTMLResponse:
    """Show a request with its clock and what can be done about it."""
    return await _request_page(request, caller, tx, request_id)


async def _request_page(
    request: Request, caller: Principal, tx: Transaction, request_id: UUID, refusal: str = ""
) -> HTMLResponse:
    one = await requests.read(tx, caller, keys_of(request), request_id)
    return render(
        request,
        "privacy/request.html",
        status=422 if refusal else 200,
        one=one,
        clock=rules.clock(one["due_at"], utc_now()),
        by_another=one["kind"] in rules.BY_ANOTHER,
        refusal=refusal,
        base="/personal-data/requests",
        **WORDS,
    )


@router.post("/requests/{request_id}/answer")
async def post_answer(
    request_id: UUID,
    request: Request,
    caller: Officer,
    tx: Transaction,
    outcome: Annotated[str, Form(pattern="^(done|refused)$")],
    reason: Text = "",
) -> Response:
    """Answer a request; corrections and erasures are decided on their own page."""
    one = await requests.one_for(tx, caller, request_id)
    if one["kind"] in rules.BY_ANOTHER and outcome == "done":
        raise Refused("own_request")
    try:
        async with tx.begin_nested():
            await answer(
                tx, caller, keys_of(request), request_id,
                is_fulfilled=outcome == "done", reason=reason,
            )  # fmt: skip
    except Refused as refusal:
        if refusal.code not in SAID_HERE:
            raise
        return await _request_page(request, caller, tx, request_id, refusal.code)
    return RedirectResponse(f"/personal-data/requests/{request_id}", status_code=303)


@router.post("/requests/{request_id}/lift")
async def post_lift(
    request_id: UUID, caller: Officer, tx: Transaction, reason: Text = ""
) -> Response:
    """End the restriction that a request brought."""
    one = await requests.one_for(tx, caller, request_id)
    await lift(tx, caller, one["person_id"], reason)
    return RedirectResponse(f"/personal-data/requests/{request_id}", status_code=303)


@router.get("/retention")
async def get_retention(request: Request, caller: Officer, tx: Transaction) -> HTMLResponse:  # noqa: ARG001
    """Show how long each kind of record is kept, why, and how many are over their time."""
    return render(
        request,
        "privacy/retention.html",
        due=await retention.due(tx, utc_now()),
        words=RETENTION,
        activities=ACTIVITIES,
    )

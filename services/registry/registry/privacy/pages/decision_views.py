"""The pages on which somebody else decides corrections and erasures."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.clock import utc_now
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from registry.privacy import request_rules as rules
from registry.privacy import requests
from registry.privacy.answer import answer
from registry.privacy.pages.personal_views import SAID_HERE, WORDS, Text, keys_of

router = new_router(prefix="/personal-data/decisions", include_in_schema=False)
Decider = Annotated[Principal, Depends(require("changes.confirm"))]


@router.get("")
async def get_waiting(request: Request, caller: Decider, tx: Transaction) -> HTMLResponse:
    """Show the corrections and erasures of the caller's regions that wait for a decision."""
    register = await requests.register(tx, caller, sorted(rules.BY_ANOTHER))
    now = utc_now()
    clocks = {row["id"]: rules.clock(row["due_at"], now) for row in register.open}
    return render(request, "privacy/decisions.html", register=register, clocks=clocks, **WORDS)


@router.get("/{request_id}")
async def get_one(
    request_id: UUID, request: Request, caller: Decider, tx: Transaction
) -> HTMLResponse:
    """Show what is proposed, on which evidence, by whom."""
    return await _page(request, caller, tx, request_id)


async def _page(
    request: Request, caller: Principal, tx: Transaction, request_id: UUID, refusal: str = ""
) -> HTMLResponse:
    await _demand_decided_here(tx, caller, request_id)
    one = await requests.read(tx, caller, keys_of(request), request_id)
    return render(
        request,
        "privacy/decision.html",
        status=422 if refusal else 200,
        one=one,
        clock=rules.clock(one["due_at"], utc_now()),
        refusal=refusal,
        **WORDS,
    )


async def _demand_decided_here(tx: Transaction, caller: Principal, request_id: UUID) -> None:
    one = await requests.one_for(tx, caller, request_id)
    if one["kind"] not in rules.BY_ANOTHER:
        raise Refused("decided_elsewhere")


@router.post("/{request_id}")
async def post_decision(
    request_id: UUID,
    request: Request,
    caller: Decider,
    tx: Transaction,
    outcome: Annotated[str, Form(pattern="^(done|refused)$")],
    reason: Text = "",
) -> Response:
    """Decide; a correction is written, an erased person is gone."""
    await _demand_decided_here(tx, caller, request_id)
    try:
        async with tx.begin_nested():
            await answer(
                tx, caller, keys_of(request), request_id,
                is_fulfilled=outcome == "done", reason=reason,
            )  # fmt: skip
    except Refused as refusal:
        if refusal.code not in SAID_HERE:
            raise
        return await _page(request, caller, tx, request_id, refusal.code)
    return RedirectResponse(f"/personal-data/decisions/{request_id}", status_code=303)

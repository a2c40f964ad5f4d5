"""Journals that were put aside, and rights that are set aside for terminals."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from sqlalchemy import RowMapping
from starlette.responses import RedirectResponse, Response

from common import audit, clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from redemption.entitlements import read_terms
from redemption.journal import quarantine_queries
from redemption.journal.judge_lines import Tools
from redemption.journal.pages import words
from redemption.journal.read_conflict import read_leases, read_quarantines
from redemption.journal.read_quarantine import Shown, read_lines
from redemption.journal.review import Reviewing, review
from redemption.leases.end_lease import release
from redemption.partners import queries as partners
from redemption.terminals import queries as terminals

router = new_router(prefix="/conflicts", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("conflicts.read"))]
Judge = Annotated[Principal, Depends(require("conflicts.judge"))]
Reason = Annotated[str, Form(min_length=5, max_length=500)]


@router.get("/quarantines")
async def get_quarantines(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show the journals that were put aside, those that wait in front."""
    found = await read_quarantines(tx, caller)
    return render(request, "journal/quarantines.html", quarantines=found, words=words)


@router.get("/leases")
async def get_leases(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show what is set aside for which terminal."""
    now = clock.utc_now()
    held = await read_leases(tx, caller, now)
    may_release = "conflicts.judge" in caller.permissions and caller.partner_id is None
    names = {one.id: one.name for one in await partners.find_seen_by(tx, caller)}
    return render(
        request, "journal/leases.html", held=held, may_release=may_release, partner_names=names
    )


@router.post("/leases/{lease_id}/release")
async def post_release(lease_id: UUID, caller: Judge, tx: Transaction, reason: Reason) -> Response:
    """Free what a lost terminal holds, before its hour."""
    if caller.partner_id is not None:
        raise Refused("another_partner")
    await release(tx, caller, lease_id, reason, clock.utc_now())
    return RedirectResponse("/conflicts/leases", status_code=303)


@router.get("/quarantines/{quarantine_id}")
async def get_quarantine(
    request: Request, quarantine_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show a journal that was put aside: why, and what its lines say."""
    one = await quarantine_queries.find(tx, quarantine_id)
    if one is None or (caller.partner_id not in (None, one["partner_id"])):
        raise Refused("not_found")
    if caller.partner_id is None:
        caller.demand_region(one["region_code"])
    region = one["region_code"]
    await audit.record(
        tx, caller, "quarantine.read", "quarantine", quarantine_id, region_code=region
    )
    lines = await read_lines(tx, request.app.state.sealer, one)
    return render(
        request,
        "journal/quarantine.html",
        one=one,
        segments=await quarantine_queries.segments(tx, quarantine_id),
        lines=lines,
        terms_of_lines=await _terms_of(tx, lines),
        terminal=await terminals.find(tx, one["terminal_id"]),
        words=words,
        review_id=ids.new_id(),
        may_review="conflicts.judge" in caller.permissions
        and caller.partner_id is None
        and caller.subject not in one["operators"],
    )


async def _terms_of(tx: Transaction, lines: Sequence[Shown]) -> dict[tuple[UUID, UUID], RowMapping]:
    """Return the benefits that lines name, where they are known."""
    named = {(one.line.cycle_id, one.line.benefit_id) for one in lines if one.line is not None}
    found = {}
    for key in named:
        with suppress(Refused):
            found[key] = await read_terms.find(tx, *key)
    return found


@router.post("/quarantines/{quarantine_id}/review")
async def post_review(
    request: Request,
    quarantine_id: UUID,
    caller: Judge,
    tx: Transaction,
    review_id: Annotated[UUID, Form(alias="id")],
    outcome: Annotated[str, Form(pattern="^(released|refused)$")],
    reason: Reason,
) -> Response:
    """Release a journal's lines to be judged, or refuse them."""
    state = request.app.state
    tools = Tools(state.trusted_keys, state.sealer, state.blind_index)
    reviewing = Reviewing(review_id, quarantine_id, outcome, reason)
    await review(tx, caller, tools, reviewing, clock.utc_now())
    return RedirectResponse(f"/conflicts/quarantines/{quarantine_id}", status_code=303)

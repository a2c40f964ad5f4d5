"""A family's rights found by its card, and what may be changed of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from redemption.entitlements import adjustment_queries, budget_queries
from redemption.entitlements.adjust import decide_adjustment, propose_adjustment
from redemption.entitlements.pages.words import WORDS
from redemption.entitlements.read_family import find_family, read_family

router = new_router(prefix="/entitlements", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("entitlements.read"))]
Adjuster = Annotated[Principal, Depends(require("entitlements.adjust"))]
REASON_MIN, REASON_MAX = 5, 500
CARD_NUMBER_MAX = 40
AMOUNT_MAX = 10**10


@router.get("")
async def get_entitlements(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show the search, what cycles may cost and have opened, and changes that wait."""
    return render(
        request,
        "entitlements/overview.html",
        budgets=await budget_queries.overview(tx),
        waiting=await adjustment_queries.queue(tx, caller.regions),
        **WORDS,
    )


@router.post("/families")
async def post_search(
    caller: Reader,
    tx: Transaction,
    card_number: Annotated[str, Form(max_length=CARD_NUMBER_MAX)],
) -> Response:
    """Find a family by the number on its card; the number is in no address."""
    household_id = await find_family(tx, caller, card_number)
    return RedirectResponse(f"/entitlements/families/{household_id}", status_code=303)


@router.get("/families/{household_id}")
async def get_family(
    request: Request, household_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show a family's rights, each with its lines and what was left after each."""
    rights = await read_family(tx, caller, request.app.state.sealer, household_id)
    return render(
        request,
        "entitlements/family.html",
        household_id=household_id,
        rights=rights,
        proposals=await adjustment_queries.queue(tx, caller.regions, household_id),
        now=clock.utc_now(),
        **WORDS,
    )


@router.get("/families/{household_id}/rights/{entitlement_id}")
async def get_right(
    request: Request, household_id: UUID, entitlement_id: UUID, caller: Adjuster, tx: Transaction
) -> Response:
    """Show the form that proposes to change a right."""
    rights = await read_family(tx, caller, request.app.state.sealer, household_id)
    right = next((one for one in rights if one.terms["id"] == entitlement_id), None)
    if right is None:
        raise Refused("not_found")
    return render(
        request,
        "entitlements/adjust.html",
        household_id=household_id,
        right=right,
        proposal_id=ids.new_id(),
        **WORDS,
    )


@router.post("/families/{household_id}/rights/{entitlement_id}/adjustments")
async def post_adjustment(
    household_id: UUID,
    entitlement_id: UUID,
    caller: Adjuster,
    tx: Transaction,
    proposal_id: Annotated[UUID, Form(alias="id")],
    direction: Annotated[str, Form(pattern="^(add|take)$")],
    reason: Annotated[str, Form(min_length=REASON_MIN, max_length=REASON_MAX)],
    quantity: Annotated[int, Form(ge=0, le=1000)] = 0,
    amount_rupiah: Annotated[int, Form(ge=0, le=AMOUNT_MAX)] = 0,
) -> Response:
    """Propose to add to a right, or to take of what is left of it."""
    sign = 1 if direction == "add" else -1
    await propose_adjustment(
        tx,
        caller,
        proposal_id,
        household_id=household_id,
        entitlement_id=entitlement_id,
        quantity=sign * quantity,
        amount_rupiah=sign * amount_rupiah,
        reason=reason.strip(),
        at=clock.utc_now(),
    )
    return RedirectResponse(f"/entitlements/families/{household_id}", status_code=303)


@router.post("/adjustments/{proposal_id}/decision")
async def post_decision(
    proposal_id: UUID,
    caller: Adjuster,
    tx: Transaction,
    decision: Annotated[str, Form(pattern="^(approved|refused)$")],
) -> Response:
    """Approve or refuse a proposed change."""
    is_approved = decision == "approved"
    await decide_adjustment(tx, caller, proposal_id, is_approved=is_approved, at=clock.utc_now())
    return RedirectResponse("/entitlements", status_code=303)

"""What a cycle may cost: its ceiling, who raises it, and what waits for that."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from common.web.pages import render
from redemption.entitlements import budget_queries
from redemption.entitlements.open_rights import open_held
from redemption.entitlements.raise_ceiling import decide_raise, propose_raise

router = new_router(prefix="/entitlements", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("entitlements.read"))]
Adjuster = Annotated[Principal, Depends(require("entitlements.adjust"))]
CEILING_MAX = 10**14


@router.get("/budgets/{cycle_id}")
async def get_budget(request: Request, cycle_id: UUID, caller: Reader, tx: Transaction) -> Response:
    """Show what a cycle may cost, who asked to raise that, and what waits for it."""
    del caller
    every = await budget_queries.overview(tx)
    one = next((row for row in every if row["cycle_id"] == cycle_id), None)
    if one is None:
        raise Refused("not_found")
    raises = [row for row in await budget_queries.raises(tx) if row["cycle_id"] == cycle_id]
    return render(
        request,
        "entitlements/budget.html",
        one=one,
        waiting=next((row for row in raises if row["outcome"] is None), None),
        decided=[row for row in raises if row["outcome"] is not None],
        held=await budget_queries.held_of(tx, cycle_id),
        raise_id=ids.new_id(),
        today=in_wib(clock.utc_now()).date(),
    )


@router.post("/budgets/{cycle_id}/raises")
async def post_raise(
    cycle_id: UUID,
    caller: Adjuster,
    tx: Transaction,
    raise_id: Annotated[UUID, Form(alias="id")],
    ceiling_rupiah: Annotated[int, Form(ge=1, le=CEILING_MAX)],
    decree_number: Annotated[str, Form(min_length=1, max_length=100)],
    decree_on: Annotated[date, Form()],
    reason: Annotated[str, Form(min_length=5, max_length=500)],
) -> Response:
    """Propose a higher ceiling."""
    await propose_raise(
        tx,
        caller,
        raise_id,
        cycle_id=cycle_id,
        ceiling_rupiah=ceiling_rupiah,
        decree_number=" ".join(decree_number.split()),
        decree_on=decree_on,
        reason=reason.strip(),
    )
    return RedirectResponse(f"/entitlements/budgets/{cycle_id}", status_code=303)


@router.post("/budgets/{cycle_id}/raises/{raise_id}/decision")
async def post_raise_decision(
    cycle_id: UUID,
    raise_id: UUID,
    caller: Adjuster,
    tx: Transaction,
    decision: Annotated[str, Form(pattern="^(approved|refused)$")],
) -> Response:
    """Approve or refuse a higher ceiling."""
    is_approved = decision == "approved"
    await decide_raise(tx, caller, raise_id, is_approved=is_approved, at=clock.utc_now())
    return RedirectResponse(f"/entitlements/budgets/{cycle_id}", status_code=303)


@router.post("/budgets/{cycle_id}/openings")
async def post_openings(cycle_id: UUID, caller: Adjuster, tx: Transaction) -> Response:
    """Open what waited for a higher ceiling, as far as it goes."""
    await open_held(tx, caller, cycle_id, clock.utc_now())
    return RedirectResponse(f"/entitlements/budgets/{cycle_id}", status_code=303)

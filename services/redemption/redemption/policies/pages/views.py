"""The rules for work without network: what holds, what waits, what held before."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.formats import in_wib
from common.web.pages import render
from redemption.entitlements import read_terms
from redemption.policies import queries
from redemption.policies.rules import LEASE_HOURS_DEFAULT, LEASE_HOURS_MAX, OfflinePolicy
from redemption.policies.set_policy import Proposal, decide_policy, propose_policy

router = new_router(prefix="/offline-policies", include_in_schema=False)
# Whoever follows a cycle may read its rules.
Reader = Annotated[Principal, Depends(require("cycles.read"))]
Proposer = Annotated[Principal, Depends(require("policies.propose"))]
Decider = Annotated[Principal, Depends(require("policies.approve"))]
REASON_MAX, DECREE_MAX = 500, 100
Number = Annotated[int, Form(ge=0, le=10**12)]


@router.get("")
async def get_policies(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show, for each benefit of cycles that are not over, the rule that holds and what waits."""
    del caller
    now = clock.utc_now()
    benefits = await read_terms.of_cycles_not_over(tx, in_wib(now).date())
    cycle_ids = list({one["cycle_id"] for one in benefits})
    known = await queries.policies_at(tx, cycle_ids, now)
    rows = await queries.of_cycles(tx, cycle_ids)
    named = {(one["cycle_id"], one["id"]): one for one in benefits}
    return render(
        request,
        "policies/list.html",
        benefits=[
            {
                "terms": one,
                "rule": known.get(key) or OfflinePolicy(*key),
            }
            for key, one in named.items()
        ],
        in_force={key: known.get(key) or OfflinePolicy(*key) for key in named},
        waiting=[row for row in rows if row["outcome"] is None],
        decided=[row for row in rows if row["outcome"] is not None],
        named=named,
    )


@router.get("/new")
async def get_new(
    request: Request, caller: Proposer, tx: Transaction, cycle: UUID, benefit: UUID
) -> Response:
    """Show the form that proposes a rule, filled with what holds now."""
    del caller
    terms = await read_terms.find(tx, cycle, benefit)
    now = clock.utc_now()
    known = await queries.policies_at(tx, [cycle], now)
    return render(
        request,
        "policies/new.html",
        terms=terms,
        rule=known.get((cycle, benefit)) or OfflinePolicy(cycle, benefit),
        policy_id=ids.new_id(),
        today=in_wib(now).date(),
        lease_hours_max=LEASE_HOURS_MAX,
    )


@router.post("")
async def post_policy(
    caller: Proposer,
    tx: Transaction,
    policy_id: Annotated[UUID, Form(alias="id")],
    cycle_id: Annotated[UUID, Form()],
    benefit_id: Annotated[UUID, Form()],
    decree_number: Annotated[str, Form(min_length=1, max_length=DECREE_MAX)],
    decree_on: Annotated[date, Form()],
    reason: Annotated[str, Form(min_length=5, max_length=REASON_MAX)],
    is_allowed: Annotated[str, Form(max_length=3)] = "",
    per_act_rupiah_max: Number = 0,
    per_act_quantity_max: Annotated[int, Form(ge=0, le=1000)] = 0,
    acts_per_terminal_max: Annotated[int, Form(ge=0, le=1000)] = 0,
    lease_hours_max: Annotated[int, Form(ge=1, le=LEASE_HOURS_MAX)] = LEASE_HOURS_DEFAULT,
) -> Response:
    """Propose a rule."""
    await read_terms.find(tx, cycle_id, benefit_id)
    wanted = Proposal(
        cycle_id=cycle_id,
        benefit_id=benefit_id,
        is_allowed=is_allowed == "yes",
        per_act_rupiah_max=per_act_rupiah_max,
        per_act_quantity_max=per_act_quantity_max,
        acts_per_terminal_max=acts_per_terminal_max,
        lease_hours_max=lease_hours_max,
        decree_number=" ".join(decree_number.split()),
        decree_on=decree_on,
        reason=reason.strip(),
    )
    await propose_policy(tx, caller, policy_id, wanted)
    return RedirectResponse("/offline-policies", status_code=303)


@router.post("/{policy_id}/decision")
async def post_decision(
    policy_id: UUID,
    caller: Decider,
    tx: Transaction,
    decision: Annotated[str, Form(pattern="^(approved|refused)$")],
) -> Response:
    """Approve or refuse a proposed rule."""
    is_approved = decision == "approved"
    await decide_policy(tx, caller, policy_id, is_approved=is_approved, at=clock.utc_now())
    return RedirectResponse("/offline-policies", status_code=303)

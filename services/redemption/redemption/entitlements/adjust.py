"""A right is changed by people: one of finance proposes it with a reason, another decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from redemption.entitlements import adjustment_queries, budget_queries, queries
from redemption.entitlements.rules import Entitlement, Taken, adjusted, demand_adjustable

ASKED = ("household_id", "cycle_id", "benefit_id", "subject_id", "quantity", "amount_rupiah",
         "reason")  # fmt: skip


async def propose_adjustment(
    tx: AsyncConnection,
    caller: Principal,
    proposal_id: UUID,
    *,
    household_id: UUID,
    entitlement_id: UUID,
    quantity: int,
    amount_rupiah: int,
    reason: str,
    at: datetime,
) -> None:
    """Ask to add to a right, or (below zero) to take of what is left. A repeat changes nothing.

    Raises Refused: not_found, outside_your_regions, adjustment_wrong_measure,
    adjustment_too_large, id_reused, …
    """
    region_code = await adjustment_queries.region_of(tx, household_id)
    right = await queries.find_right(tx, household_id, entitlement_id)
    if region_code is None or right is None:
        raise Refused("not_found")
    caller.demand_region(region_code)
    change = adjusted(right, quantity, amount_rupiah)
    key = (right.household_id, right.cycle_id, right.benefit_id, right.whose)
    values = (*key, change.quantity, change.amount_rupiah, reason)
    wanted = dict(zip(ASKED, values, strict=True))
    earlier = await adjustment_queries.find(tx, proposal_id)
    if earlier is not None:
        if {name: earlier[name] for name in ASKED} != wanted:
            raise Refused("id_reused")
        return
    demand_adjustable(right, change, at, in_wib(at).date())
    by = {"proposed_by": caller.subject, "proposed_by_name": caller.name}
    await adjustment_queries.add(
        tx, {"id": proposal_id, **wanted, **by, "region_code": region_code}
    )
    await _note(tx, caller, "adjustment.proposed", right, change, region_code=region_code)


async def decide_adjustment(
    tx: AsyncConnection, caller: Principal, proposal_id: UUID, *, is_approved: bool, at: datetime
) -> None:
    """Approve or refuse a change; approved, it is a line of the ledger and changes the balance.

    What it adds is taken from what the cycle may cost; what it takes away frees nothing there.
    A repeat by the same person changes nothing. Raises Refused: not_found, outside_your_regions,
    maker_decides, decided_already, adjustment_too_large, over_ceiling, entitlement_set_aside, …
    """
    one = await adjustment_queries.find(tx, proposal_id, lock=True)
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    outcome = "approved" if is_approved else "refused"
    if one["outcome"] is not None:
        if (one["outcome"], one["decided_by"]) != (outcome, caller.subject):
            raise Refused("decided_already")
        return
    if one["proposed_by"] == caller.subject:
        raise Refused("maker_decides")
    key = queries.key_of(*(one[name] for name in queries.KEY))
    right = await queries.lock_right(tx, key)
    if right is None:
        raise Refused("not_found")
    change = Taken(one["quantity"], one["amount_rupiah"])
    by = {"person": caller.subject, "person_name": caller.name, "at": at}
    if is_approved:
        demand_adjustable(right, change, at, in_wib(at).date())
        await _take_from_budget(tx, right, change)
        await adjustment_queries.apply(tx, {"proposal_id": proposal_id, **by})
    await adjustment_queries.decide(tx, {"this_id": proposal_id, "new_outcome": outcome, **by})
    action = f"adjustment.{outcome}"
    await _note(tx, caller, action, right, change, region_code=one["region_code"])


async def _take_from_budget(tx: AsyncConnection, right: Entitlement, change: Taken) -> None:
    if change.amount_rupiah <= 0:
        return
    if not await budget_queries.take(tx, right.cycle_id, change.amount_rupiah):
        budget = await budget_queries.lock(tx, right.cycle_id)
        free = budget["ceiling_rupiah"] - budget["opened_rupiah"] if budget else 0
        raise Refused("over_ceiling", missing_rupiah=change.amount_rupiah - free)


async def _note(
    tx: AsyncConnection,
    caller: Principal,
    action: str,
    right: Entitlement,
    change: Taken,
    *,
    region_code: str,
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "household",
        right.household_id,
        region_code=region_code,
        details={
            "entitlement_id": str(right.id),
            "quantity": change.quantity,
            "amount_rupiah": change.amount_rupiah,
        },
    )

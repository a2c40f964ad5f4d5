"""A cycle may cost more: under a decree, proposed by one person and decided by another."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from redemption.entitlements import budget_queries as queries

ASKED = ("cycle_id", "ceiling_rupiah", "decree_number", "decree_on", "reason")


async def propose_raise(
    tx: AsyncConnection,
    caller: Principal,
    raise_id: UUID,
    *,
    cycle_id: UUID,
    ceiling_rupiah: int,
    decree_number: str,
    decree_on: date,
    reason: str,
) -> None:
    """Ask for a higher ceiling. A repeat changes nothing.

    Raises Refused: outside_your_regions, not_found, ceiling_not_raised, proposal_waits, id_reused.
    """
    caller.demand_region(PROVINCE)
    budget = await queries.lock(tx, cycle_id)
    if budget is None:
        raise Refused("not_found")
    values = (cycle_id, ceiling_rupiah, decree_number, decree_on, reason)
    wanted = dict(zip(ASKED, values, strict=True))
    earlier = await queries.find_raise(tx, raise_id)
    if earlier is not None:
        if {name: earlier[name] for name in ASKED} != wanted:
            raise Refused("id_reused")
        return
    _demand_higher(budget, ceiling_rupiah)
    if await queries.has_open_raise(tx, cycle_id):
        raise Refused("proposal_waits")
    by = {"proposed_by": caller.subject, "proposed_by_name": caller.name}
    await queries.add_raise(tx, {"id": raise_id, **wanted, **by})
    details = {"ceiling_rupiah": ceiling_rupiah, "decree_number": decree_number}
    await audit.record(tx, caller, "budget_raise.proposed", "cycle", cycle_id, details=details)


async def decide_raise(
    tx: AsyncConnection, caller: Principal, raise_id: UUID, *, is_approved: bool, at: datetime
) -> None:
    """Approve or refuse a higher ceiling; what waited for it is then opened by a person.

    A repeat by the same person changes nothing. Raises Refused: outside_your_regions, not_found,
    maker_decides, decided_already, ceiling_not_raised.
    """
    caller.demand_region(PROVINCE)
    one = await queries.find_raise(tx, raise_id)
    if one is None:
        raise Refused("not_found")
    # Whoever decides holds the cycle's budget, so the proposal is read again under that lock.
    budget = await queries.lock(tx, one["cycle_id"])
    one = await queries.find_raise(tx, raise_id)
    if budget is None or one is None:
        raise Refused("not_found")
    outcome = "approved" if is_approved else "refused"
    if one["outcome"] is not None:
        if (one["outcome"], one["decided_by"]) != (outcome, caller.subject):
            raise Refused("decided_already")
        return
    if one["proposed_by"] == caller.subject:
        raise Refused("maker_decides")
    if is_approved:
        _demand_higher(budget, one["ceiling_rupiah"])
        await queries.raise_ceiling(tx, one["cycle_id"], one["ceiling_rupiah"])
    await queries.decide_raise(
        tx,
        {
            "raise_id": raise_id,
            "new_outcome": outcome,
            "person": caller.subject,
            "person_name": caller.name,
            "at": at,
        },
    )
    await audit.record(tx, caller, f"budget_raise.{outcome}", "cycle", one["cycle_id"])


def _demand_higher(budget: RowMapping, ceiling_rupiah: int) -> None:
    known = budget["ceiling_rupiah"]
    if known is None:
        # Nobody said one yet: a decree sets it, not below what was opened already.
        known = budget["opened_rupiah"] - 1
    if ceiling_rupiah <= known:
        raise Refused("ceiling_not_raised", ceiling_rupiah=known)

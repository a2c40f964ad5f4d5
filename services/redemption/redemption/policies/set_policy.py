"""The rule for work without network: proposed by the programme's owner, decided by another."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from redemption.policies import queries
from redemption.policies.rules import demand_sense


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to hold for one benefit of one cycle, under which decree, and why."""

    cycle_id: UUID
    benefit_id: UUID
    is_allowed: bool
    per_act_rupiah_max: int
    per_act_quantity_max: int
    acts_per_terminal_max: int
    lease_hours_max: int
    decree_number: str
    decree_on: date
    reason: str


async def propose_policy(
    tx: AsyncConnection, caller: Principal, policy_id: UUID, wanted: Proposal
) -> None:
    """Ask for a new version of a rule. A repeat changes nothing.

    Raises Refused: outside_your_regions, policy_allows_nothing, proposal_waits, id_reused.
    """
    caller.demand_region(PROVINCE)
    values = asdict(wanted)
    earlier = await queries.find(tx, policy_id)
    if earlier is not None:
        if {name: earlier[name] for name in values} != values:
            raise Refused("id_reused")
        return
    demand_sense(wanted)
    await queries.hold_benefit(tx, wanted.cycle_id, wanted.benefit_id)
    if await queries.has_open(tx, wanted.cycle_id, wanted.benefit_id):
        raise Refused("proposal_waits")
    by = {"proposed_by": caller.subject, "proposed_by_name": caller.name}
    await queries.add(tx, {"id": policy_id, **values, **by})
    await _note(tx, caller, "offline_policy.proposed", policy_id, wanted.cycle_id)


async def decide_policy(
    tx: AsyncConnection, caller: Principal, policy_id: UUID, *, is_approved: bool, at: datetime
) -> None:
    """Approve or refuse a rule; approved, it holds from now on for what is done from now on.

    A repeat by the same person changes nothing. Raises Refused: outside_your_regions, not_found,
    maker_decides, decided_already.
    """
    caller.demand_region(PROVINCE)
    one = await queries.find(tx, policy_id, lock=True)
    if one is None:
        raise Refused("not_found")
    outcome = "approved" if is_approved else "refused"
    if one["outcome"] is not None:
        if (one["outcome"], one["decided_by"]) != (outcome, caller.subject):
            raise Refused("decided_already")
        return
    if one["proposed_by"] == caller.subject:
        raise Refused("maker_decides")
    version = None
    if is_approved:
        await queries.hold_benefit(tx, one["cycle_id"], one["benefit_id"])
        version = await queries.next_version(tx, one["cycle_id"], one["benefit_id"])
    await queries.decide(
        tx,
        {
            "policy_id": policy_id,
            "new_outcome": outcome,
            "person": caller.subject,
            "person_name": caller.name,
            "at": at,
            "new_version": version,
            "from_at": at if is_approved else None,
        },
    )
    await _note(tx, caller, f"offline_policy.{outcome}", policy_id, one["cycle_id"])


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, policy_id: UUID, cycle_id: UUID
) -> None:
    await audit.record(
        tx, caller, action, "offline_policy", policy_id, details={"cycle_id": str(cycle_id)}
    )

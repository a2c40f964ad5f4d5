"""A person judges a family for which the criteria could not decide."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.rules import ELIGIBLE, INELIGIBLE, NEEDS_REVIEW, REASON_CHARACTERS_MIN


async def review(
    tx: AsyncConnection,
    caller: Principal,
    *,
    cycle_id: UUID,
    household_ids: Sequence[UUID],
    outcome: str,
    reason: str,
) -> int:
    """Decide families that need review, with a reason; return how many were decided now.

    A repeat by the same person with the same outcome changes nothing. Raises Refused:
    nobody_chosen, reason_too_short, review_not_needed, outside_your_regions, not_found.
    """
    if not household_ids:
        raise Refused("nobody_chosen")
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    if outcome not in {ELIGIBLE, INELIGIBLE}:
        raise Refused("invalid_input")
    wanted = {"cycle_id": cycle_id, "household_ids": sorted(set(household_ids))}
    rows = (await tx.execute(queries.LOCK_CURRENT, wanted)).mappings().all()
    if len(rows) != len(set(household_ids)) or not rows:
        raise Refused("not_found")
    decided = 0
    for row in rows:
        caller.demand_region(row["region_code"])
        if row["reviewed_by"] == caller.subject and row["outcome"] == outcome:
            continue
        if row["outcome"] != NEEDS_REVIEW:
            raise Refused("review_not_needed")
        await _write(tx, caller, cycle_id, row, outcome=outcome, reason=reason)
        decided += 1
    return decided


async def _write(
    tx: AsyncConnection,
    caller: Principal,
    cycle_id: UUID,
    row: RowMapping,
    *,
    outcome: str,
    reason: str,
) -> None:
    decision_id = new_id()
    await tx.execute(
        queries.INSERT_REVIEW,
        {
            "id": decision_id,
            "household_id": row["household_id"],
            "region_code": row["region_code"],
            "cycle_id": cycle_id,
            "findings_id": row["findings_id"],
            "outcome": outcome,
            "fact_ids": row["fact_ids"],
            "roster_load_ids": row["roster_load_ids"],
            "supersedes_id": row["decision_id"],
            "reviewed_by": caller.subject,
            "reviewed_by_name": caller.name,
            "review_reason": reason,
        },
    )
    moved = {"cycle_id": cycle_id, "household_id": row["household_id"]}
    await tx.execute(
        queries.POINT_TO_REVIEW, {**moved, "decision_id": decision_id, "outcome": outcome}
    )
    await audit.record(
        tx,
        caller,
        "decision.review",
        "household",
        row["household_id"],
        region_code=row["region_code"],
        details={"outcome": outcome, "decision_id": str(decision_id)},
    )

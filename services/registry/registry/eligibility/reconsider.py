"""Deciding a family anew because its objection was upheld; the first decision stays on record."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.rules import ELIGIBLE


async def reconsider(
    tx: AsyncConnection, caller: Principal, *, cycle_id: UUID, household_id: UUID, reason: str
) -> UUID:
    """Decide that a family is eligible, superseding what stands; return the new decision's id.

    Whether this person may is the objection's to say. Raises Refused not_found.
    """
    wanted = {"cycle_id": cycle_id, "household_ids": [household_id]}
    row = (await tx.execute(queries.LOCK_CURRENT, wanted)).mappings().one_or_none()
    if row is None:
        raise Refused("not_found")
    decision_id = new_id()
    # It rests on the very facts of the decision that it supersedes.
    same = ("household_id", "region_code", "findings_id", "fact_ids", "roster_load_ids")
    await tx.execute(
        queries.INSERT_REVIEW,
        {
            **{name: row[name] for name in same},
            "id": decision_id,
            "cycle_id": cycle_id,
            "outcome": ELIGIBLE,
            "supersedes_id": row["decision_id"],
            "reviewed_by": caller.subject,
            "reviewed_by_name": caller.name,
            "review_reason": reason,
        },
    )
    now = {"cycle_id": cycle_id, "household_id": household_id, "outcome": ELIGIBLE}
    await tx.execute(queries.POINT_TO_REVIEW, {**now, "decision_id": decision_id})
    await audit.record(
        tx,
        caller,
        "decision.review",
        "household",
        household_id,
        region_code=row["region_code"],
        details={"outcome": ELIGIBLE, "decision_id": str(decision_id), "because": "objection"},
    )
    return decision_id

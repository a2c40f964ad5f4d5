"""A person judges a conflict: is the partner owed for what it gave? Once, with a reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.journal import conflict_queries as queries

OUTCOMES = ("owed", "not_owed", "written_off")
REASON_MIN, REASON_MAX = 5, 500


@dataclass(frozen=True, slots=True)
class Judging:
    """What a person says of a conflict. `id` is made by the page, once."""

    id: UUID
    conflict_id: UUID
    outcome: str
    reason: str


async def judge_conflict(
    tx: AsyncConnection, caller: Principal, judging: Judging, at: datetime
) -> None:
    """Write a judgement down; a repeat of the same id is the first one.

    Raises Refused: not_found, outside_your_regions, another_partner, invalid_input, same_person,
    conflict_judged, id_reused.
    """
    await tx.execute(queries.LOCK, {"conflict_id": judging.conflict_id})
    conflict = await find_visible(tx, caller, judging.conflict_id)
    if caller.partner_id is not None:
        raise Refused("another_partner")
    if conflict["judgement_id"] is not None:
        _demand_same(conflict, caller, judging)
        return
    _demand_in_order(conflict, caller, judging)
    await tx.execute(
        queries.ADD_JUDGEMENT,
        {
            "conflict_id": judging.conflict_id,
            "id": judging.id,
            "outcome": judging.outcome,
            "reason": judging.reason.strip(),
            "operator": conflict["operator"],
            "judged_by": caller.subject,
            "judged_by_name": caller.name,
            "judged_at": at,
        },
    )
    await audit.record(
        tx,
        caller,
        "conflict.judged",
        "conflict",
        judging.conflict_id,
        region_code=conflict["region_code"],
        details={"outcome": judging.outcome, "amount_rupiah": conflict["amount_rupiah"]},
    )


def _demand_in_order(conflict: RowMapping, caller: Principal, judging: Judging) -> None:
    if judging.outcome not in OUTCOMES:
        raise Refused("invalid_input", fields=[{"field": "outcome", "problem": "?"}])
    if not REASON_MIN <= len(judging.reason.strip()) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    if conflict["operator"] == caller.subject:
        raise Refused("same_person")


def _demand_same(conflict: RowMapping, caller: Principal, judging: Judging) -> None:
    if conflict["judgement_id"] != judging.id:
        raise Refused("conflict_judged", by=conflict["judged_by_name"])
    said = (conflict["outcome"], conflict["judgement_reason"], conflict["judged_by"])
    if said != (judging.outcome, judging.reason.strip(), caller.subject):
        raise Refused("id_reused")


async def find_visible(tx: AsyncConnection, caller: Principal, conflict_id: UUID) -> RowMapping:
    """Return a conflict that this person may see; raises Refused not_found and its kin."""
    conflict = await queries.find(tx, conflict_id)
    if conflict is None:
        raise Refused("not_found")
    if caller.partner_id is not None:
        if caller.partner_id != conflict["partner_id"]:
            raise Refused("not_found")
    else:
        caller.demand_region(conflict["region_code"])
    return conflict

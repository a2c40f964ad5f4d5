"""Reading changes: the list of one's regions, one of them with its plan and names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from registry.changes import queries
from registry.changes.correct import is_same_day

ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A change with the names of those whom its plan is about."""

    change: RowMapping
    names: Mapping[str, str]
    enrolments: Mapping[str, RowMapping]
    can_be_undone: bool


async def listed(
    tx: AsyncConnection, caller: Principal, state: str = "", before: UUID | None = None
) -> Sequence[RowMapping]:
    """Return changes in the caller's regions, the newest first, and note that they were read."""
    asked = {"scopes": list(caller.regions), "state": state, "before": before, "rows": ROWS}
    rows = (await tx.execute(queries.LISTED, asked)).mappings().all()
    await audit.record(
        tx,
        caller,
        "changes.read",
        "region",
        caller.regions[0] if len(caller.regions) == 1 else PROVINCE,
        details={"found": len(rows), "households": sorted({str(r["household_id"]) for r in rows})},
    )
    return rows


async def get_for(tx: AsyncConnection, caller: Principal, change_id: UUID) -> RowMapping:
    """Return a change of a place the caller covers: the one it leaves or the one it goes to."""
    found = await tx.execute(queries.CHANGE, {"change_id": change_id})
    change = found.mappings().one_or_none()
    if change is None:
        raise Refused("not_found")
    if not caller.covers(change["to_region_code"]):
        caller.demand_region(change["region_code"])
    return change


async def show(tx: AsyncConnection, caller: Principal, change_id: UUID) -> Shown:
    """Return a change with what it does, and note that the family was read."""
    change = await get_for(tx, caller, change_id)
    await audit.record(
        tx,
        caller,
        "change.read",
        "household",
        change["household_id"],
        region_code=change["region_code"],
        details={"change_id": str(change_id)},
    )
    names, enrolments = await names_in(tx, change["plan"])
    can_be_undone = (
        change["state"] == "confirmed" and change["kind"] != "correction" and is_same_day(change)
    )
    return Shown(change, names, enrolments, can_be_undone)


async def names_in(
    tx: AsyncConnection, plan: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, RowMapping]]:
    """Return the names of the people and of the enrolments in a plan, by id."""
    people = {"person_ids": [UUID(one["person_id"]) for one in plan["persons"]]}
    names = {str(row.id): row.name for row in await tx.execute(queries.NAMES, people)}
    ids = [UUID(one) for step in plan["enrolments"] for one in step["enrolment_ids"]]
    rows = (await tx.execute(queries.ENROLMENT_NAMES, {"enrolment_ids": ids})).mappings()
    return names, {str(row["id"]): row for row in rows}


def as_json(change: RowMapping) -> dict[str, Any]:
    """Return a change for a program: its plan by ids, no name and no number."""
    hidden = {"recorded_by", "decided_by", "kk_index", "kk_sealed", "request_hash"}
    shown = {key: value for key, value in change.items() if key not in hidden}
    return {
        **shown,
        "plan_hash": bytes(change["plan_hash"]).hex(),
        "has_new_kk": change["kk_index"] is not None,
    }

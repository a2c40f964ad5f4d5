"""The removal guard: how many families a list takes off, against what a decree allows."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.web.formats import in_wib
from registry.eligibility.read import programme_with_id
from registry.enrolment import difference_queries as queries
from registry.enrolment.rules import (
    DEFAULT_GUARD,
    DIFFERENCE,
    LOOK_BACK_DAYS_MIN,
    Guard,
    Reading,
    reading,
)

FIGURES = (
    "decree_number",
    "decree_on",
    "valid_from",
    "programme_percent",
    "village_percent",
    "village_families_min",
    "grace_days",
)


async def read_guard(tx: AsyncConnection, one: RowMapping) -> Reading | None:
    """Return what the guard says of a difference list now; None for a full list."""
    if one["kind"] != DIFFERENCE:
        return None
    guard = await guard_in_force(tx, one["programme_id"])
    asked = {
        "list_id": one["id"],
        "programme_id": one["programme_id"],
        "base_cycle_id": one["base_cycle_id"],
        "days": max(guard.grace_days, LOOK_BACK_DAYS_MIN),
    }
    rows = (await tx.execute(queries.REMOVALS, asked)).all()
    return reading(guard, [(row[0], row[1], row[2], row[3]) for row in rows])


async def guard_in_force(tx: AsyncConnection, programme_id: UUID) -> Guard:
    """Return a programme's guard by decree, or the one that holds without a decree."""
    asked = {"programme_id": programme_id, "day": in_wib(clock.utc_now()).date()}
    found = (await tx.execute(queries.GUARD_ON, asked)).mappings().one_or_none()
    if found is None:
        return DEFAULT_GUARD
    return Guard(
        programme_percent=found["programme_percent"],
        village_percent=found["village_percent"],
        village_families_min=found["village_families_min"],
        grace_days=found["grace_days"],
        decree_number=found["decree_number"],
        valid_from=found["valid_from"],
    )


async def propose_guard(
    tx: AsyncConnection,
    caller: Principal,
    guard_id: UUID,
    programme_id: UUID,
    figures: Mapping[str, Any],
) -> RowMapping:
    """Write a guard that holds once another person has approved it; a repeat changes nothing.

    Raises Refused: not_found, outside_your_regions, decree_missing, id_reused.
    """
    caller.demand_region(PROVINCE)
    await programme_with_id(tx, programme_id)
    if not str(figures["decree_number"]).strip() or figures["decree_on"] > _today():
        raise Refused("decree_missing")
    values = {"programme_id": programme_id, **{key: figures[key] for key in FIGURES}}
    who = {"proposed_by": caller.subject, "proposed_by_name": caller.name}
    try:
        async with tx.begin_nested():
            await tx.execute(queries.ADD_GUARD, {"id": guard_id, **values, **who})
    except IntegrityError as error:
        found = await _with_id(tx, guard_id)
        if any(found[key] != value for key, value in {**values, **who}.items()):
            raise Refused("id_reused") from error
        return found
    await _note(tx, caller, guard_id, "removal_guard.proposed")
    return await _with_id(tx, guard_id)


async def approve_guard(tx: AsyncConnection, caller: Principal, guard_id: UUID) -> RowMapping:
    """Let a guard hold; by another person than who wrote it. A repeat changes nothing.

    Raises Refused: not_found, outside_your_regions, same_person_proposed.
    """
    caller.demand_region(PROVINCE)
    found = (await tx.execute(queries.LOCK_GUARD, {"guard_id": guard_id})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    if found["approved_at"] is not None:
        return found
    if found["proposed_by"] == caller.subject:
        raise Refused("same_person_proposed")
    who = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.APPROVE_GUARD, {"guard_id": guard_id, **who})
    await _note(tx, caller, guard_id, "removal_guard.approved")
    return await _with_id(tx, guard_id)


async def guards_of(tx: AsyncConnection, programme_id: UUID) -> list[RowMapping]:
    """Return a programme's guards, the newest first."""
    return list((await tx.execute(queries.GUARDS, {"programme_id": programme_id})).mappings())


async def _with_id(tx: AsyncConnection, guard_id: UUID) -> RowMapping:
    return (await tx.execute(queries.GUARD, {"guard_id": guard_id})).mappings().one()


async def _note(tx: AsyncConnection, caller: Principal, guard_id: UUID, action: str) -> None:
    await audit.record(tx, caller, action, "removal_guard", guard_id, region_code=PROVINCE)


def _today() -> date:
    return in_wib(clock.utc_now()).date()

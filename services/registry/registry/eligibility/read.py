"""Reading programmes, cycles and decisions, for the sibling capabilities and the pages."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.problems import Refused
from registry.eligibility import queries


async def _one(
    tx: AsyncConnection, statement: Select[Any], values: dict[str, object]
) -> RowMapping:
    found: RowMapping | None = (await tx.execute(statement, values)).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    return found


async def cycle_with_id(tx: AsyncConnection, cycle_id: UUID) -> RowMapping:
    """Return a cycle; raises Refused."""
    return await _one(tx, queries.CYCLE, {"cycle_id": cycle_id})


async def locked_cycle(tx: AsyncConnection, cycle_id: UUID) -> RowMapping:
    """Return a cycle, held until the transaction ends; raises Refused."""
    return await _one(tx, queries.LOCK_CYCLE, {"cycle_id": cycle_id})


async def programme_with_id(tx: AsyncConnection, programme_id: UUID) -> RowMapping:
    """Return a programme; raises Refused."""
    return await _one(tx, queries.PROGRAMME_BY_ID, {"programme_id": programme_id})


async def benefits_of(tx: AsyncConnection, programme_id: UUID) -> list[RowMapping]:
    """Return what a programme gives in a cycle."""
    found = await tx.execute(queries.BENEFITS, {"programme_id": programme_id})
    return list(found.mappings())


async def cycles(tx: AsyncConnection) -> list[RowMapping]:
    """Return every cycle of every programme, the newest first."""
    return list((await tx.execute(queries.ALL_CYCLES)).mappings())


async def criteria_words(tx: AsyncConnection, cycle_id: UUID) -> dict[str, RowMapping]:
    """Return the criteria in force by their code, for the words that people read."""
    version = await version_in_force(tx, cycle_id)
    if version is None:
        return {}
    rows = (await tx.execute(queries.CRITERIA, {"version_id": version["id"]})).mappings()
    return {row["code"]: row for row in rows}


async def version_in_force(tx: AsyncConnection, cycle_id: UUID) -> RowMapping | None:
    """Return the approved criteria that decide a cycle's families now, or None."""
    cycle = await cycle_with_id(tx, cycle_id)
    asked = {
        "programme_id": cycle["programme_id"],
        "day": cycle["facts_on"] or clock.utc_now().date(),
    }
    return (await tx.execute(queries.VERSION_ON, asked)).mappings().one_or_none()

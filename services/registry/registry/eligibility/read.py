"""Reading programmes, cycles and decisions, for the sibling capabilities and the pages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.problems import Refused
from common.web.formats import in_wib
from registry.eligibility import queries
from registry.eligibility.evaluate import Basis, basis_of, criteria_of, pairs_of
from registry.eligibility.plan import plan_of
from registry.eligibility.rules import Criterion


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


async def criteria_words(tx: AsyncConnection, cycle_id: UUID) -> dict[str, Mapping[str, str]]:
    """Return the criteria and overlap pairs in force by their code, for the words people read."""
    version = await version_in_force(tx, cycle_id)
    if version is None:
        return {}
    cycle = await cycle_with_id(tx, cycle_id)
    day = cycle["facts_on"] or in_wib(clock.utc_now()).date()
    return rule_words(await basis_of(tx, version, day))


async def words_of_decision(
    tx: AsyncConnection, version_id: UUID, overlap_version_id: UUID | None
) -> dict[str, Mapping[str, str]]:
    """Return the words of the criteria and pairs by which a decision was made, by their code."""
    version = await _one(tx, queries.VERSION, {"version_id": version_id})
    programme = await programme_with_id(tx, version["programme_id"])
    pairs = await pairs_of(tx, overlap_version_id, programme["code"]) if overlap_version_id else []
    plan = plan_of(await criteria_of(tx, version_id), pairs)
    return {one.code: _words(one) for one in plan.criteria}


def rule_words(basis: Basis) -> dict[str, Mapping[str, str]]:
    """Return the words of all that a basis decides by, by code."""
    return {one.code: _words(one) for one in basis.plan.criteria}


def _words(one: Criterion) -> Mapping[str, str]:
    return {
        "words_id": one.words_id,
        "words_en": one.words_en,
        "evidence_id": one.evidence_id,
        "evidence_en": one.evidence_en,
        "expression": one.expression,
    }


async def version_in_force(tx: AsyncConnection, cycle_id: UUID) -> RowMapping | None:
    """Return the approved criteria that decide a cycle's families now, or None."""
    cycle = await cycle_with_id(tx, cycle_id)
    asked = {
        "programme_id": cycle["programme_id"],
        "day": cycle["facts_on"] or in_wib(clock.utc_now()).date(),
    }
    return (await tx.execute(queries.VERSION_ON, asked)).mappings().one_or_none()

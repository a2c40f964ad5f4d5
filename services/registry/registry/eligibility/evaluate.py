"""Deciding the families of a region by a version of criteria and the matrix of the day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.eligibility import bulk, overlap_queries, queries
from registry.eligibility.overlap_rules import OUTSIDE_NAMES, Pair
from registry.eligibility.plan import Plan, plan_of
from registry.eligibility.rules import Criterion

PROVINCE = "62"
VILLAGE_CODE_LENGTH = len("62.01.01.2001")


@dataclass(frozen=True, slots=True)
class Basis:
    """By what a programme's families are decided, and on which day's facts."""

    programme_id: UUID
    criteria_version_id: UUID
    overlap_version_id: UUID | None
    plan: Plan
    facts_on: date
    oldest_on: date

    def dates(self) -> dict[str, object]:
        """Return what the statements about families bind."""
        return {"facts_on": self.facts_on, "oldest_on": self.oldest_on}


async def criteria_of(tx: AsyncConnection, version_id: Any) -> list[Criterion]:
    """Return a version's criteria in their order."""
    rows = (await tx.execute(queries.CRITERIA, {"version_id": version_id})).mappings()
    return [
        Criterion(
            row["code"],
            row["expression"],
            row["words_id"],
            row["words_en"],
            row["evidence_id"],
            row["evidence_en"],
        )
        for row in rows
    ]


async def pairs_of(
    tx: AsyncConnection, overlap_version_id: UUID, programme_code: str | None = None
) -> list[Pair]:
    """Return the pairs of a matrix, of one programme or of all."""
    asked = {"version_id": overlap_version_id, "programme_code": programme_code}
    rows = (await tx.execute(overlap_queries.PAIRS, asked)).mappings().all()
    pairs = []
    for row in rows:
        outside = OUTSIDE_NAMES.get(row["other_code"], (row["other_code"], row["other_code"]))
        names = {"name_id": row["name_id"] or outside[0], "name_en": row["name_en"] or outside[1]}
        pairs.append(Pair(**{**row, **names}))
    return pairs


async def basis_of(
    tx: AsyncConnection,
    version: RowMapping,
    facts_on: date,
    *,
    overlap_version_id: UUID | None = None,
) -> Basis:
    """Return how a version decides on a day's facts, under the matrix of that day or a given one.

    Raises Refused when an expression is none of ours.
    """
    programme = await tx.execute(queries.PROGRAMME_BY_ID, {"programme_id": version["programme_id"]})
    code = programme.mappings().one()["code"]
    matrix = overlap_version_id or await tx.scalar(overlap_queries.VERSION_ON, {"day": facts_on})
    pairs = await pairs_of(tx, matrix, code) if matrix else []
    return Basis(
        version["programme_id"],
        version["id"],
        matrix,
        plan_of(await criteria_of(tx, version["id"]), pairs),
        facts_on,
        facts_on - timedelta(days=version["fact_age_days_max"]),
    )


async def decide_region(tx: AsyncConnection, cycle_id: UUID, basis: Basis, region_code: str) -> int:
    """Write the new decisions of a region in this transaction; return how many there are."""
    plan = basis.plan
    asked = {**basis.dates(), "programme_id": basis.programme_id}
    versions = {
        "criteria_version_id": basis.criteria_version_id,
        "overlap_version_id": basis.overlap_version_id,
    }
    inputs = bulk.create_inputs(plan.asked, is_whole=region_code == PROVINCE)
    named = {"region_prefix": f"{region_code}%", **asked}
    await tx.execute(bulk.MORE_MEMORY)
    await tx.execute(inputs, bulk.bound(inputs, named))
    await tx.execute(bulk.ANALYZE_INPUTS)
    await tx.execute(bulk.create_judged(plan))
    await tx.execute(bulk.ANALYZE_JUDGED)
    await tx.execute(bulk.INSERT_FINDINGS, versions)
    if len(region_code) < VILLAGE_CODE_LENGTH:
        await tx.execute(bulk.NO_NESTED_LOOPS)
    return int(await tx.scalar(bulk.DECIDE, {**versions, "cycle_id": cycle_id}) or 0)

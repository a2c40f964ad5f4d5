"""How far a cycle is in a region: its sums, the regions in it, its benefits and its days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.regions import LEVELS, all_regions, covers, region_name
from redemption.cycles import queries

# Days are counted by regency.
DAYS_DOWN_TO = len("62.01")
DAYS_SHOWN = 60
CYCLES_SHOWN = 60
# How long a code is one level below.
BELOW = {"province": 5, "regency": 8, "district": 13, "village": 13}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CycleProgress:
    """Counts only: nobody is named. `days` are youngest first, none below a regency."""

    cycle: Row
    region_code: str
    level: str
    benefit_id: UUID | None
    benefits: Sequence[Row]
    sums: dict[str, int]
    below: Sequence[Row]
    days: Sequence[Row]
    # None before anything was ever counted.
    counted_at: datetime | None

    @property
    def left(self) -> int:
        """How many rights are not wholly used yet."""
        return self.sums["entitled"] - self.sums["collected"]


async def read_cycle(
    tx: AsyncConnection, cycle_id: UUID, region_code: str, benefit_id: UUID | None = None
) -> CycleProgress:
    """Return how far a cycle is in a region. Raises Refused: not_found, invalid_input."""
    if region_code not in all_regions():
        raise Refused("invalid_input", fields=[{"field": "in", "problem": "region"}])
    found = await _rows(tx, queries.ONE_CYCLE, cycle_id=cycle_id)
    if not found:
        raise Refused("not_found")
    level = LEVELS[len(region_code)]
    asked = {"cycle_id": cycle_id, "region_code": region_code}
    chosen = {**asked, "benefit_id": benefit_id}
    below = await _rows(tx, queries.BELOW, length=BELOW[level], **chosen)
    days = []
    if len(region_code) <= DAYS_DOWN_TO:
        days = await _rows(tx, queries.DAYS, days=DAYS_SHOWN, **chosen)
    names = await _rows(tx, queries.BENEFITS, cycle_id=cycle_id)
    sums = {row["benefit_id"]: row for row in await _rows(tx, queries.BY_BENEFIT, **asked)}
    return CycleProgress(
        cycle=found[0],
        region_code=region_code,
        level=level,
        benefit_id=benefit_id,
        benefits=[{**row, **(sums.get(row["id"]) or _nothing())} for row in names],
        sums=total(below),
        below=[{**row, "name": region_name(row["code"])} for row in below],
        days=days,
        counted_at=await tx.scalar(queries.COUNTED_AT),
    )


async def villages_of(
    tx: AsyncConnection, cycle_id: UUID, region_code: str, benefit_id: UUID | None
) -> list[dict[str, Any]]:
    """Return every village of a region for its map: rights (as `families`) and those collected."""
    asked = {"cycle_id": cycle_id, "region_code": region_code, "benefit_id": benefit_id}
    counted = {row["region_code"]: row for row in await _rows(tx, queries.VILLAGES, **asked)}
    nothing = _nothing()
    return [
        {**found, "region_code": code, "families": found["entitled"]}
        for code, one in all_regions().items()
        if one.level == "village" and covers(region_code, code)
        for found in (counted.get(code, nothing),)
    ]


async def list_cycles(tx: AsyncConnection, region_code: str) -> list[dict[str, Any]]:
    """Return the youngest cycles, each with its sums in a region."""
    counted = await _rows(tx, queries.SUMS_OF_CYCLES, region_code=region_code)
    sums = {row["cycle_id"]: row for row in counted}
    cycles = await _rows(tx, queries.CYCLES, how_many=CYCLES_SHOWN)
    return [{**row, **(sums.get(row["id"]) or _nothing())} for row in cycles]


def total(rows: Iterable[Row]) -> dict[str, int]:
    """Return the sums of several regions' counts."""
    sums = _nothing()
    for row in rows:
        for name in queries.MEASURES:
            sums[name] += row[name]
    return sums


def _nothing() -> dict[str, int]:
    return dict.fromkeys(queries.MEASURES, 0)


async def _rows(tx: AsyncConnection, statement: TextClause, **asked: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in (await tx.execute(statement, asked)).mappings()]

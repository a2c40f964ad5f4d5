"""How far a region is: its sums, the regions in it, and its days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.regions import LEVELS, all_regions
from registry.reports import queries
from registry.reports.rules import total

# Days are kept by regency.
DAYS_DOWN_TO = len("62.01")

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Progress:
    """A region's own sums, the regions just below it, its days (youngest first), and their time."""

    region_code: str
    level: str
    sums: dict[str, int]
    children: Rows
    days: Rows
    # None before anything was ever counted.
    refreshed_at: datetime | None

    @property
    def villages(self) -> int:
        """How many villages there are."""
        return sum(row["villages"] for row in self.children)

    @property
    def villages_entered(self) -> int:
        """How many of them have families in the registry."""
        return sum(row["villages_entered"] for row in self.children)


async def read_progress(tx: AsyncConnection, region_code: str) -> Progress:
    """Return how far a region is. Only counts: nobody is named. Raises Refused: region_unknown."""
    if region_code not in all_regions():
        raise Refused("region_unknown")
    level = LEVELS[len(region_code)]
    statement = queries.ONE_VILLAGE if level == "village" else queries.CHILDREN
    children = await _rows(tx, statement, region_code)
    days = await _rows(tx, queries.DAYS, region_code) if len(region_code) <= DAYS_DOWN_TO else []
    refreshed_at = await tx.scalar(queries.REFRESHED_AT)
    return Progress(region_code, level, total(children), children, days, refreshed_at)


async def villages_in(tx: AsyncConnection, region_code: str) -> Rows:
    """Return the counts of every village of a region, for its map."""
    return await _rows(tx, queries.VILLAGES, region_code)


async def _rows(tx: AsyncConnection, statement: TextClause, region_code: str) -> Rows:
    found = (await tx.execute(statement, {"region_code": region_code})).mappings()
    return [dict(row) for row in found]

"""Taking people and facts in from a file, set by set, in the caller's transaction.

The caller fills `incoming_people` or `incoming_facts` (temporary tables of this transaction), asks
for them to be compared, and may then have them merged. Comparing changes nothing: it is what the
dry run shows, and the merge does exactly what a comparison in the same transaction says.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from registry.people import bulk


@dataclass(frozen=True, slots=True)
class RosterLoad:
    """A whole roster for a region and period."""

    code: str
    period: str
    valid_from: date
    valid_to: date


async def open_people(tx: AsyncConnection) -> None:
    """Make the empty table that people are put into."""
    await tx.execute(bulk.CREATE_INCOMING_PEOPLE)


async def open_facts(tx: AsyncConnection) -> None:
    """Make the empty table that facts are put into."""
    await tx.execute(bulk.CREATE_INCOMING_FACTS)


async def hold_village(tx: AsyncConnection, region_code: str) -> None:
    """Wait until no other file of this region is being merged, and keep others waiting."""
    await tx.execute(bulk.LOCK_REGION, {"region_code": region_code})


async def compare_people(tx: AsyncConnection, region_code: str) -> None:
    """Find who is known already and what would change; fills `change` and `problem`."""
    await tx.execute(bulk.ANALYZE_INCOMING_PEOPLE)
    for statement in bulk.COMPARE_PEOPLE:
        await tx.execute(statement, {"region_code": region_code})


async def compare_facts(tx: AsyncConnection, region_code: str) -> None:
    """Find whom each fact is about and whether it says something new."""
    await tx.execute(bulk.ANALYZE_INCOMING_FACTS)
    for statement in bulk.COMPARE_FACTS:
        await tx.execute(statement, {"region_prefix": f"{region_code}%"})


async def merge_people(tx: AsyncConnection, region_code: str, import_id: UUID) -> None:
    """Write the compared people; empty values erase nothing, unchanged rows are left alone."""
    for statement in bulk.MERGE_PEOPLE:
        await tx.execute(statement, {"region_code": region_code, "import_id": import_id})


async def merge_facts(
    tx: AsyncConnection,
    region_code: str,
    import_id: UUID,
    *,
    source: str,
    roster: RosterLoad | None,
) -> None:
    """Write the compared facts; a roster also says who is no longer on it, and that it is whole."""
    await tx.execute(bulk.MERGE_FACTS, {"import_id": import_id, "source": source})
    if roster is None:
        return
    load = {
        "region_code": region_code,
        "import_id": import_id,
        "source": source,
        "code": roster.code,
        "period": roster.period,
        "valid_from": roster.valid_from,
        "valid_to": roster.valid_to,
    }
    await tx.execute(bulk.LEAVE_ROSTER, {**load, "region_prefix": f"{region_code}%"})
    await tx.execute(bulk.NOTE_ROSTER_LOAD, load)


async def count_missing(tx: AsyncConnection, region_code: str) -> int:
    """Return how many living people of the village the incoming file does not name."""
    return int(await tx.scalar(bulk.COUNT_MISSING, {"region_code": region_code}) or 0)

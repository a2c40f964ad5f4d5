"""Taking people and facts in from a file's staged rows, set by set, in the caller's transaction.

Comparing changes nothing but notes on the staged rows: it is what the dry run shows, and the merge
does exactly what a comparison in the same transaction says.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from registry.people import bulk, fact_bulk, merge_queries

# Fewer rows go to the indexes one by one; more are compared by reading each table once.
SMALL_ROWS = 20_000
# People are written in pieces, so that whoever waits sees how far it is.
PIECE_ROWS = 50_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Staged:
    """The rows of one file as they wait: which, how many, of which villages, read by whom."""

    import_id: UUID
    rows: int
    villages: Sequence[str]
    scopes: Sequence[str]
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RosterLoad:
    """A whole roster for a region and period."""

    code: str
    period: str
    valid_from: date
    valid_to: date


async def hold_regions(tx: AsyncConnection, codes: Sequence[str]) -> None:
    """Wait until no other file of these regions is being merged, and keep others waiting."""
    await tx.execute(bulk.LOCK_REGIONS, {"codes": sorted(set(codes))})


async def plan(tx: AsyncConnection, rows: int) -> None:
    """Let what follows have the plans that fit so many rows."""
    for setting in bulk.PLAN_SMALL if rows <= SMALL_ROWS else bulk.PLAN_LARGE:
        await tx.execute(setting)


async def planned(tx: AsyncConnection, rows: int, act: Callable[[], Awaitable[Any]]) -> Any:
    """Do something with the plans that fit so many rows."""
    await plan(tx, rows)
    done = await act()
    for setting in bulk.PLAN_AGAIN:
        await tx.execute(setting)
    return done


async def compare_people(tx: AsyncConnection, staged: Staged) -> bool:
    """Note on each row what committing would do; return whether anybody is known already."""
    return bool(await planned(tx, staged.rows, lambda: _compare_people(tx, staged)))


async def _compare_people(tx: AsyncConnection, staged: Staged) -> bool:
    asked = {"import_id": staged.import_id}
    for statement in bulk.FIND_KNOWN:
        await tx.execute(statement, asked)
    known = int(await tx.scalar(bulk.COUNT_KNOWN) or 0)
    if known:
        values = {**asked, "scopes": list(staged.scopes)}
        for statement in bulk.COMPARE_KNOWN:
            await tx.execute(statement, values)
        await tx.execute(bulk.NOTE_KNOWN, {**asked, "cells": json.dumps(dict(staged.cells))})
    for statement in bulk.KEEP_MISSING:
        await tx.execute(statement, {**asked, "villages": list(staged.villages)})
    await tx.execute(bulk.FORGET_KNOWN)
    return known > 0


async def hand_on(tx: AsyncConnection, staged: Staged) -> None:
    """Give what stands in a family's wrong first row to its next right one."""
    asked = {"import_id": staged.import_id}
    await planned(tx, staged.rows, lambda: tx.execute(bulk.HAND_ON, asked))


async def count_living(tx: AsyncConnection, villages: Sequence[str]) -> int:
    """Return how many living people of these villages are known."""
    return int(await tx.scalar(bulk.COUNT_LIVING, {"villages": list(villages)}) or 0)


async def compare_facts(
    tx: AsyncConnection, import_id: UUID, region_code: str, cells: Mapping[str, str]
) -> None:
    """Note on each row whom its fact is about and whether it says something new."""
    await tx.execute(fact_bulk.CREATE_INCOMING_FACTS)
    await tx.execute(fact_bulk.PUT_FACTS, {"import_id": import_id})
    await tx.execute(fact_bulk.ANALYZE_INCOMING_FACTS)
    for statement in fact_bulk.COMPARE_FACTS:
        await tx.execute(statement, {"region_prefix": f"{region_code}%"})
    noted = {"import_id": import_id, "cells": json.dumps(dict(cells))}
    await tx.execute(fact_bulk.NOTE_FACTS, noted)


async def merge_people(
    tx: AsyncConnection, staged: Staged, *, has_changes: bool, progress: Progress
) -> None:
    """Write the compared people; empty values erase nothing, unchanged rows are left alone."""
    asked = {"import_id": staged.import_id}

    async def write() -> None:
        for statement in merge_queries.NEW_HOUSEHOLDS:
            await tx.execute(statement, asked)
        if has_changes:
            for statement in merge_queries.CHANGES:
                await tx.execute(statement, asked)
        last = int(await tx.scalar(merge_queries.LAST_ROW, asked) or 0)
        for first in range(1, last + 1, PIECE_ROWS):
            piece = {"first_row": first, "last_row": first + PIECE_ROWS - 1}
            await tx.execute(merge_queries.NEW_PEOPLE, {**asked, **piece})
            progress(min(first + PIECE_ROWS - 1, last))

    await planned(tx, staged.rows, write)


async def merge_facts(
    tx: AsyncConnection,
    region_code: str,
    import_id: UUID,
    *,
    source: str,
    roster: RosterLoad | None,
) -> None:
    """Write the compared facts; a roster also says who is no longer on it, and that it is whole."""
    await tx.execute(fact_bulk.MERGE_FACTS, {"import_id": import_id, "source": source})
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
    await tx.execute(fact_bulk.LEAVE_ROSTER, {**load, "region_prefix": f"{region_code}%"})
    await tx.execute(fact_bulk.NOTE_ROSTER_LOAD, load)

"""Deciding every family of a province, against counting the rows that it has to look at.

The count is `count(*)` over households joined with their persons and their facts, the median of
some runs over the same connection; it is warm and PostgreSQL may use parallel workers for it. The
first evaluation writes a decision for every family, with its criteria's outcomes and the ids of its
facts, and points to it as the current one, in one transaction with its commit. The second one finds
that nothing has changed. What-if is the time of its page's question about the whole province.
"""

import asyncio
import os
import statistics
import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.benchmarks.registry_province import FAMILIES, PERSONS, settle

from common.clock import utc_now
from common.database import new_engine
from registry.eligibility import queries
from registry.eligibility.demo import CYCLE_ID, PROGRAMME_ID
from registry.eligibility.evaluate import PROVINCE, Basis, basis_of, decide_region
from registry.eligibility.what_if import what_if

COUNT = text("""
    SELECT count(*) FROM households h
    JOIN persons p ON p.household_id = h.id JOIN facts f ON f.household_id = h.id
""")
COUNTS = 7
TIMES = 5
REGENCY_WIDTH = 5


def measure(report: Report) -> None:
    """Measure evaluate_vs_count, and what_if_s for the whole province."""
    with servers.postgres(durable=True) as server:
        asyncio.run(_measure(server.database("registry"), report))


async def _measure(url: str, report: Report) -> None:
    engine = new_engine(url, application_name="bench", statement_timeout_s=600, pool_size=2)
    try:
        await settle(engine)
        count_s = await _count(engine)
        load = os.getloadavg()[0]
        first_s, decided = await _decide(engine)
        if decided != FAMILIES:
            raise RuntimeError(f"{decided} families were decided, not {FAMILIES}")
        again_s, changed = await _decide(engine)
        if changed:
            raise RuntimeError(f"{changed} families were decided anew without a reason")
        what_if_s = await _what_if(engine)
    finally:
        await engine.dispose()
    report.ratios["evaluate_vs_count"] = round(first_s / count_s, 2)
    report.figures["evaluate_first_s"] = round(first_s, 3)
    report.figures["evaluate_unchanged_s"] = round(again_s, 3)
    report.figures["count_joined_s"] = round(count_s, 3)
    report.figures["what_if_province_s"] = round(what_if_s, 3)
    report.figures["evaluate_load"] = round(load, 2)
    report.sizes["evaluate_families"] = FAMILIES
    report.sizes["evaluate_persons"] = PERSONS


async def _count(engine: AsyncEngine) -> float:
    taken = []
    async with engine.connect() as connection:
        for _ in range(COUNTS):
            start = time.perf_counter()
            await connection.scalar(COUNT)
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


async def _basis(connection: object) -> Basis:
    today = utc_now().date()
    asked = {"programme_id": PROGRAMME_ID, "day": today}
    found = await connection.execute(queries.VERSION_ON, asked)  # type: ignore[attr-defined]
    return await basis_of(connection, found.mappings().one(), today)  # type: ignore[arg-type]


async def _decide(engine: AsyncEngine) -> tuple[float, int]:
    start = time.perf_counter()
    async with engine.begin() as tx:
        decided = await decide_region(tx, CYCLE_ID, await _basis(tx), PROVINCE)
    return time.perf_counter() - start, decided


async def _what_if(engine: AsyncEngine) -> float:
    """Return the slowest of some runs: a page is judged by its worst moment."""
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        async with engine.begin() as tx:
            found = await what_if(tx, await _basis(tx), PROVINCE, REGENCY_WIDTH)
        taken.append(time.perf_counter() - start)
        total = found.total
        if total.eligible + total.needs_review + total.ineligible != FAMILIES:
            raise RuntimeError("what-if left families out")
    return max(taken)

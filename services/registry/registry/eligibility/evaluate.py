"""Deciding the families of a region, as a job: every decision of the run is one commit."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from registry.eligibility import bulk, queries
from registry.eligibility.rules import Criterion, decide, inputs_hash
from registry.jobs.run import Job


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


async def evaluate_region(engine: AsyncEngine, job: Job) -> None:
    """Decide each family of the region whose facts say something else than last time."""
    async with engine.begin() as tx:
        await job.begin(tx)
        await tx.execute(bulk.LOCK_CYCLE, {"cycle_id": str(job.subject_id)})
        cycle = (await tx.execute(queries.CYCLE, {"cycle_id": job.subject_id})).mappings().one()
        facts_on = cycle["facts_on"] or clock.utc_now().date()
        found = await tx.execute(
            queries.VERSION_ON, {"programme_id": cycle["programme_id"], "day": facts_on}
        )
        version = found.mappings().one_or_none()
        if version is not None:
            prefix = f"{job.arguments['region_code']}%"
            job.done = job.total = await decide_region(tx, cycle, version, facts_on, prefix)
        await job.finish(tx)


async def decide_region(
    tx: AsyncConnection, cycle: RowMapping, version: RowMapping, facts_on: date, region_prefix: str
) -> int:
    """Write the new decisions of a region in this transaction; return how many there are."""
    await tx.execute(
        bulk.CREATE_INPUTS,
        {
            "region_prefix": region_prefix,
            "facts_on": facts_on,
            "oldest_on": facts_on - timedelta(days=version["fact_age_days_max"]),
        },
    )
    await tx.execute(bulk.ANALYZE_INPUTS)
    hashes = await _judge_combinations(tx, version)
    await tx.execute(bulk.CREATE_JUDGED, {"criteria_version_id": version["id"], "hashes": hashes})
    await tx.execute(bulk.CREATE_NEW_DECISIONS, {"cycle_id": cycle["id"]})
    written = await tx.execute(bulk.INSERT_DECISIONS, {"cycle_id": cycle["id"]})
    await tx.execute(bulk.POINT_TO_NEW, {"cycle_id": cycle["id"]})
    return int(written.rowcount)


async def _judge_combinations(tx: AsyncConnection, version: RowMapping) -> list[bytes]:
    criteria = await criteria_of(tx, version["id"])
    hashes = []
    for row in (await tx.execute(bulk.COMBINATIONS)).mappings().all():
        inputs = dict(row)
        finding = decide(criteria, inputs)
        hashes.append(inputs_hash(inputs))
        await tx.execute(
            queries.INSERT_FINDINGS,
            {
                "criteria_version_id": version["id"],
                "inputs": inputs,
                "inputs_hash": hashes[-1],
                "outcomes": [{"code": code, "outcome": word} for code, word in finding.outcomes],
                "outcome": finding.outcome,
            },
        )
    return hashes

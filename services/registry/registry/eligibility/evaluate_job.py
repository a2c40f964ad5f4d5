"""Deciding the families of a region, as a job: every decision of the run is one commit."""

from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.web.formats import in_wib
from registry.eligibility import bulk, queries
from registry.eligibility.evaluate import basis_of, decide_region
from registry.eligibility.flagging import flag_overlaps
from registry.jobs.run import Job


async def evaluate_region(engine: AsyncEngine, job: Job) -> None:
    """Decide each family of the region whose facts say something else than last time."""
    async with engine.begin() as tx:
        await job.begin(tx)
        await tx.execute(bulk.LOCK_CYCLE, {"cycle_id": str(job.subject_id)})
        cycle = (await tx.execute(queries.CYCLE, {"cycle_id": job.subject_id})).mappings().one()
        facts_on = cycle["facts_on"] or in_wib(clock.utc_now()).date()
        found = await tx.execute(
            queries.VERSION_ON, {"programme_id": cycle["programme_id"], "day": facts_on}
        )
        version = found.mappings().one_or_none()
        if version is not None:
            basis = await basis_of(tx, version, facts_on)
            region = str(job.arguments["region_code"])
            job.done = job.total = await decide_region(tx, cycle["id"], basis, region)
            await flag_overlaps(tx, job.caller, cycle["id"], basis, region)
        await job.finish(tx)

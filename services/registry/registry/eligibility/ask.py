"""Asking for families to be decided anew, after facts about them have changed."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.web.formats import in_wib
from registry.eligibility import queries
from registry.jobs.request import request

EVALUATE_JOB = "decisions.evaluate"


async def ask_evaluation(tx: AsyncConnection, caller: Principal, region_code: str) -> int:
    """Ask for the families of a region to be decided in every cycle that is not over."""
    today = {"today": in_wib(clock.utc_now()).date()}
    cycles = (await tx.execute(queries.CYCLES_TO_DECIDE, today)).scalars().all()
    for cycle_id in cycles:
        await request(tx, caller, EVALUATE_JOB, cycle_id, {"region_code": region_code})
    return len(cycles)

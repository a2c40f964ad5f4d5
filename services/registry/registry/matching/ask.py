"""Asking for the people of a region to be compared, after they have changed."""

from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from registry.jobs.request import request
from registry.matching import queries

MATCH_JOB = queries.MATCH_JOB
# How long a run waits for further imports to join it.
GATHER_S = 2.0
SUBJECTS = UUID("6200c0de-0000-7000-8000-00000000da7a")


async def ask_matching(
    tx: AsyncConnection, caller: Principal, region_code: str, *, wait_s: float = GATHER_S
) -> None:
    """Ask for a region to be compared with the province; joins a run that waits already."""
    joined = await tx.scalar(queries.JOIN_WAITING, {"region_code": region_code})
    if joined is not None:
        return
    subject = uuid5(SUBJECTS, region_code)
    job_id = await request(tx, caller, MATCH_JOB, subject, {"regions": [region_code]})
    await tx.execute(queries.DELAY, {"job_id": job_id, "wait_s": wait_s})

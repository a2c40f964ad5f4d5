"""Putting a proposed list together, as a job: the decisions that were asked for come first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.problems import Refused
from registry.eligibility import bulk
from registry.enrolment import difference_queries, queries
from registry.enrolment.propose import note_list_step
from registry.enrolment.strike import recount
from registry.jobs.run import Job


async def gather(engine: AsyncEngine, job: Job) -> None:
    """Put every family on the list that is eligible or needs review, and nobody twice.

    Families already enrolled in the cycle, or on another open list, stay out. Jobs are taken in
    the order they were asked for, and the lock is the evaluation's: a list never misses families
    whose decisions are being written. A difference list gets those who enter and leave, and into
    a new cycle those who stay. Raises Refused: list_empty, no_difference.
    """
    async with engine.begin() as tx:
        await job.begin(tx)
        found = await tx.execute(queries.LOCK_LIST, {"list_id": job.subject_id})
        one = found.mappings().one()
        if one["state"] == "proposing":
            await tx.execute(bulk.LOCK_CYCLE, {"cycle_id": str(one["cycle_id"])})
            members = {
                "list_id": one["id"],
                "cycle_id": one["cycle_id"],
                "region_prefix": f"{one['region_code']}%",
            }
            job.done = job.total = await _put(tx, one, members)
            await recount(tx, one)
            await tx.execute(queries.PROPOSED, {"list_id": one["id"]})
        await job.finish(tx)


async def _put(tx: AsyncConnection, one: RowMapping, members: dict[str, Any]) -> int:
    """Put the families on the list; return how many. Raises Refused: list_empty, no_difference."""
    if one["base_cycle_id"] is None:
        put = (await tx.execute(queries.PUT_MEMBERS, members)).rowcount
        if put == 0:
            raise Refused("list_empty")
        return int(put)
    compared = {**members, "base_cycle_id": one["base_cycle_id"]}
    sides = [difference_queries.PUT_LEAVING, difference_queries.PUT_ENTERING]
    if one["base_cycle_id"] != one["cycle_id"]:
        sides.append(difference_queries.PUT_STAYING)
    put = 0
    for side in sides:
        put += (await tx.execute(side, compared)).rowcount
    if put == 0:
        raise Refused("no_difference")
    return put


async def note_not_gathered(
    tx: AsyncConnection,
    job: Job,
    code: str,
    facts: Mapping[str, Any],  # noqa: ARG001 - the job itself carries them
) -> None:
    """Close a list that nobody could be put on, so that the region can be proposed anew."""
    one = (await tx.execute(queries.LOCK_LIST, {"list_id": job.subject_id})).mappings().one()
    if one["state"] == "proposing":
        await tx.execute(queries.SEND_BACK, {"list_id": one["id"]})
        await note_list_step(tx, job.caller, one, "returned", code)

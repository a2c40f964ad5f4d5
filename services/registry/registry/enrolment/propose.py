"""Proposing the families of a region for a cycle: asked by a person, put together by the worker."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import all_regions
from registry.eligibility.ask import EVALUATE_JOB
from registry.eligibility.read import cycle_with_id
from registry.enrolment import difference_queries, queries
from registry.enrolment.rules import DIFFERENCE, FULL
from registry.jobs.request import request, waiting

PROPOSE_JOB = "list.propose"


async def find(tx: AsyncConnection, list_id: UUID) -> RowMapping | None:
    """Return a list, or None."""
    return (await tx.execute(queries.LIST, {"list_id": list_id})).mappings().one_or_none()


async def get_for(tx: AsyncConnection, caller: Principal, list_id: UUID) -> RowMapping:
    """Return a list of the caller's regions; raises Refused."""
    found = await find(tx, list_id)
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def locked_for(tx: AsyncConnection, caller: Principal, list_id: UUID) -> RowMapping:
    """Return a list of the caller's regions, held until the transaction ends; raises Refused."""
    found = (await tx.execute(queries.LOCK_LIST, {"list_id": list_id})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def note_list_step(
    tx: AsyncConnection,
    caller: Principal,
    one: RowMapping,
    step: str,
    note: str = "",
    *,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened to a list, where its readers and the auditors look."""
    await tx.execute(
        queries.ADD_STEP,
        {
            "list_id": one["id"],
            "step": step,
            "person": caller.subject,
            "person_name": caller.name,
            "note": note or None,
        },
    )
    await audit.record(
        tx,
        caller,
        f"list.{step}",
        "beneficiary_list",
        one["id"],
        region_code=one["region_code"],
        details=details,
    )


async def propose(
    tx: AsyncConnection,
    caller: Principal,
    *,
    list_id: UUID,
    cycle_id: UUID,
    region_code: str,
    base_cycle_id: UUID | None = None,
) -> RowMapping:
    """Have a list made of every family of the region that is eligible or needs review.

    With `base_cycle_id` it is a difference list: who enters and leaves against that cycle's
    running enrolments. The worker puts them together (`gather`), once the decisions asked for
    before are made. A repeat with the same id gets the first list. Raises Refused:
    region_unknown, outside_your_regions, not_found, list_empty, list_open_already, id_reused,
    cycles_do_not_compare, list_leaves_out_enrolled when a full list would pass over families that
    run in the cycle before, without a decision, a signature or the guard.
    """
    if region_code not in all_regions():
        raise Refused("region_unknown")
    caller.demand_region(region_code)
    asked = {"cycle_id": cycle_id, "region_code": region_code, "base_cycle_id": base_cycle_id}
    earlier = await _earlier(tx, list_id, asked)
    if earlier is None and not await _opens_list(tx, caller, list_id, asked):
        # The same request came twice at once: the other one has made the list meanwhile.
        earlier = await _earlier(tx, list_id, asked)
        if earlier is None:
            raise Refused("list_open_already")
    if earlier is not None:
        return earlier
    if base_cycle_id is None and not await _may_be_anybody(tx, cycle_id, region_code):
        raise Refused("list_empty")
    if base_cycle_id is None and await _leaves_out_enrolled(tx, cycle_id, region_code):
        raise Refused("list_leaves_out_enrolled")
    await request(tx, caller, PROPOSE_JOB, list_id)
    proposed = await get_for(tx, caller, list_id)
    await note_list_step(tx, caller, proposed, "proposed")
    return proposed


async def _earlier(
    tx: AsyncConnection, list_id: UUID, asked: Mapping[str, Any]
) -> RowMapping | None:
    """Return the list that this id was used for, or None; refuse when it was for another."""
    found = await find(tx, list_id)
    if found is not None and any(found[key] != value for key, value in asked.items()):
        raise Refused("id_reused")
    return found


async def _may_be_anybody(tx: AsyncConnection, cycle_id: UUID, region_code: str) -> bool:
    if await waiting(tx, EVALUATE_JOB):
        return True
    asked = {"cycle_id": cycle_id, "region_prefix": f"{region_code}%"}
    return bool(await tx.scalar(queries.IS_ANYBODY_PROPOSABLE, asked))


async def _leaves_out_enrolled(tx: AsyncConnection, cycle_id: UUID, region_code: str) -> bool:
    asked = {"cycle_id": cycle_id, "region_prefix": f"{region_code}%"}
    return bool(await tx.scalar(difference_queries.RUNS_ON, asked))


async def _opens_list(
    tx: AsyncConnection, caller: Principal, list_id: UUID, asked: Mapping[str, Any]
) -> bool:
    """Open a list; tell False when the id is used, or a list of the region is open already."""
    cycle = await cycle_with_id(tx, asked["cycle_id"])
    if asked["base_cycle_id"] is not None:
        base = await cycle_with_id(tx, asked["base_cycle_id"])
        is_earlier = base["id"] == cycle["id"] or base["opens_on"] < cycle["opens_on"]
        if base["programme_id"] != cycle["programme_id"] or not is_earlier:
            raise Refused("cycles_do_not_compare")
    try:
        async with tx.begin_nested():
            await tx.execute(
                queries.INSERT_LIST,
                {
                    "id": list_id,
                    "programme_id": cycle["programme_id"],
                    **asked,
                    "kind": FULL if asked["base_cycle_id"] is None else DIFFERENCE,
                    "state": "proposing",
                    "subjects": 0,
                    "proposed_by": caller.subject,
                    "proposed_by_name": caller.name,
                },
            )
    except IntegrityError:
        return False
    return True

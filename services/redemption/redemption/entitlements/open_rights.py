"""Families of an approved list get their rights, as long as the ceiling of the cycle holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from redemption.entitlements import list_queries, standing_queries
from redemption.entitlements import opening_queries as queries

# One press of the button; half a thousand families in each, so that a browser waits seconds.
OPENED_AT_ONCE = 40


class OverCeiling(Exception):
    """These rights cost more than the cycle has left."""


@dataclass(frozen=True, slots=True)
class Opened:
    batches: int
    families: int
    # Whether some still wait: for another press, or for a higher ceiling.
    is_more: bool


async def open_all(tx: AsyncConnection, list_id: UUID, cycle_id: UUID) -> None:
    """Open what was heard of a list before the list itself; what is too dear is held by batch."""
    await standing_queries.share_cycle(tx, cycle_id)
    batches = await list_queries.batches_of(tx, list_id)
    everybody = [one for _, household_ids in batches for one in household_ids]
    try:
        await _open(tx, list_id, cycle_id, everybody)
    except OverCeiling:
        for batch, household_ids in batches:
            await open_or_hold(tx, list_id, cycle_id, batch, household_ids)


async def open_batch(
    tx: AsyncConnection, list_id: UUID, cycle_id: UUID, batch: int, household_ids: Sequence[UUID]
) -> None:
    """Open one batch of a list, or hold it."""
    await standing_queries.share_cycle(tx, cycle_id)
    await open_or_hold(tx, list_id, cycle_id, batch, household_ids)


async def open_or_hold(
    tx: AsyncConnection, list_id: UUID, cycle_id: UUID, batch: int, household_ids: Sequence[UUID]
) -> None:
    """Open a batch whole, or keep it whole for a person; one that was held before stays so."""
    if await queries.is_held(tx, list_id, batch):
        return
    try:
        await _open(tx, list_id, cycle_id, household_ids)
    except OverCeiling:
        await queries.hold(
            tx,
            {
                "list_id": list_id,
                "batch": batch,
                "cycle_id": cycle_id,
                "families": len(household_ids),
                "needed_rupiah": await queries.cost_of(tx, list_id, household_ids),
            },
        )


async def open_held(tx: AsyncConnection, caller: Principal, cycle_id: UUID, at: datetime) -> Opened:
    """Open batches of a cycle that wait, the oldest first, as far as its ceiling goes.

    Raises Refused: outside_your_regions, nothing_held, over_ceiling when there is not even enough
    for the first.
    """
    caller.demand_region(PROVINCE)
    await standing_queries.share_cycle(tx, cycle_id)
    waiting = await queries.next_held(tx, cycle_id, OPENED_AT_ONCE + 1)
    if not waiting:
        raise Refused("nothing_held")
    opened = families = 0
    for row in waiting[:OPENED_AT_ONCE]:
        household_ids = await list_queries.families_of(tx, row["list_id"], row["batch"])
        try:
            await _open(tx, row["list_id"], cycle_id, household_ids)
        except OverCeiling:
            break
        await queries.note_opened(
            tx,
            {
                "this_list": row["list_id"],
                "this_batch": row["batch"],
                "person": caller.subject,
                "person_name": caller.name,
                "at": at,
            },
        )
        opened, families = opened + 1, families + len(household_ids)
    if not opened:
        first = waiting[0]
        raise Refused("over_ceiling_still", needed_rupiah=first["needed_rupiah"])
    await audit.record(
        tx, caller, "held_openings.opened", "cycle", cycle_id, details={"batches": opened}
    )
    return Opened(opened, families, opened < len(waiting))


async def _open(
    tx: AsyncConnection, list_id: UUID, cycle_id: UUID, household_ids: Sequence[UUID]
) -> None:
    """Give the rights, all or none; raises OverCeiling with nothing done."""
    if not household_ids:
        return
    async with tx.begin_nested():
        if not await queries.open_families(tx, list_id, cycle_id, household_ids):
            raise OverCeiling

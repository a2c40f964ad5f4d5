"""Verifying a proposed list: what is on it is fixed by a hash, or it is sent back with a reason."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from registry.enrolment import checking_queries, difference_queries, queries
from registry.enrolment.propose import get_for, locked_for, note_list_step
from registry.enrolment.rules import FULL, REASON_CHARACTERS_MIN
from registry.enrolment.sample import demand_complete
from registry.enrolment.strike import recount

# Before the worker carries a list out, it can still be sent back.
RETURNABLE = frozenset({"proposed", "verified", "awaiting_second"})


def heading_of(one: RowMapping) -> str:
    """Return the first line of what a list's hash covers."""
    heading = f"{one['id']} {one['programme_id']} {one['cycle_id']} {one['region_code']}"
    return heading if one["kind"] == FULL else f"{heading} {one['kind']} {one['base_cycle_id']}"


async def content_of(tx: AsyncConnection, one: RowMapping) -> tuple[int, bytes]:
    """Return how many families a list has, and the hash over exactly these and their decisions."""
    asked = {
        "list_id": one["id"],
        "heading": heading_of(one),
        "says_action": one["kind"] != FULL,
    }
    row = (await tx.execute(queries.CONTENT_HASH, asked)).one()
    return int(row.subjects), bytes(row.content_hash)


async def verify(tx: AsyncConnection, caller: Principal, list_id: UUID) -> RowMapping:
    """Fix the list's content as checked; families whose decision has changed leave it.

    A repeat by the same person changes nothing. Raises Refused: outside_your_regions,
    same_person_proposed, list_not_proposed, list_has_open_reviews, list_has_open_flags,
    sample_missing, sample_incomplete, sample_unsettled, list_empty.
    """
    one = await locked_for(tx, caller, list_id)
    if one["state"] == "verified" and one["verified_by"] == caller.subject:
        return one
    if one["state"] != "proposed":
        raise Refused("list_not_proposed")
    if one["proposed_by"] == caller.subject:
        raise Refused("same_person_proposed")
    waiting = (await outcomes(tx, list_id)).get("needs_review", 0)
    if waiting:
        raise Refused("list_has_open_reviews", count=waiting)
    await _settle_sides(tx, caller, one)
    await demand_no_flags(tx, list_id)
    await demand_complete(tx, list_id)
    families, digest = await content_of(tx, one)
    if families == 0:
        raise Refused("list_empty")
    who = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.VERIFY, {"list_id": list_id, "hash": digest, **who})
    await note_list_step(tx, caller, one, "verified", details={"content_hash": digest.hex()})
    return await get_for(tx, caller, list_id)


async def _settle_sides(tx: AsyncConnection, caller: Principal, one: RowMapping) -> None:
    """Take off whoever the decisions of now put elsewhere, and point the others to theirs."""
    who = {"person": caller.subject, "person_name": caller.name}
    changed = await tx.execute(difference_queries.NOTE_CHANGED, {"list_id": one["id"], **who})
    moving = changed.scalars().all()
    if moving:
        asked = {"list_id": one["id"], "household_ids": moving}
        moved = set((await tx.execute(difference_queries.CHANGE_SIDES, asked)).scalars())
        gone = {"list_id": one["id"], "household_ids": [id for id in moving if id not in moved]}
        await tx.execute(difference_queries.TAKE_OFF, gone)
    await tx.execute(queries.POINT_TO_DECISIONS, {"list_id": one["id"]})
    await recount(tx, one)


async def demand_no_flags(tx: AsyncConnection, list_id: UUID) -> None:
    """Refuse while blocking flags are open on families that the list enrols.

    Raises Refused: list_has_open_flags.
    """
    flagged = await count_flagged(tx, list_id)
    if flagged:
        raise Refused("list_has_open_flags", count=flagged)


async def count_flagged(tx: AsyncConnection, list_id: UUID) -> int:
    """Return how many families of a list are held up by blocking flags."""
    return int(await tx.scalar(checking_queries.COUNT_FLAGGED, {"list_id": list_id}) or 0)


async def outcomes(tx: AsyncConnection, list_id: UUID) -> dict[str, int]:
    """Return how many of the families that enter by a list have each outcome now."""
    rows = await tx.execute(queries.OUTCOMES, {"list_id": list_id})
    return {row.outcome: row.households for row in rows}


async def send_back(
    tx: AsyncConnection, caller: Principal, list_id: UUID, reason: str
) -> RowMapping:
    """Return a list to the village with a reason; its families can be proposed anew.

    Raises Refused: outside_your_regions, reason_too_short, list_not_proposed.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    one = await locked_for(tx, caller, list_id)
    if one["state"] == "returned":
        return one
    if one["state"] not in RETURNABLE:
        raise Refused("list_not_proposed")
    await tx.execute(queries.SEND_BACK, {"list_id": list_id})
    await note_list_step(tx, caller, one, "returned", reason)
    return await get_for(tx, caller, list_id)

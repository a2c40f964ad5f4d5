"""Verifying a proposed list: what is on it is fixed by a hash, or it is sent back with a reason."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from registry.enrolment import queries
from registry.enrolment.propose import get_for, locked_for, note_step

REASON_CHARACTERS_MIN = 10


async def content_of(tx: AsyncConnection, one: RowMapping) -> tuple[int, bytes]:
    """Return how many families a list has, and the hash over exactly these and their decisions."""
    heading = f"{one['id']} {one['programme_id']} {one['cycle_id']} {one['region_code']}"
    asked = {"list_id": one["id"], "heading": heading}
    row = (await tx.execute(queries.CONTENT_HASH, asked)).one()
    return int(row.subjects), bytes(row.content_hash)


async def verify(tx: AsyncConnection, caller: Principal, list_id: UUID) -> RowMapping:
    """Fix the list's content as checked; families judged ineligible meanwhile leave it.

    A repeat by the same person changes nothing. Raises Refused: outside_your_regions,
    same_person_proposed, list_not_proposed, list_has_open_reviews, list_empty.
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
    await tx.execute(queries.DROP_INELIGIBLE, {"list_id": list_id})
    await tx.execute(queries.POINT_TO_DECISIONS, {"list_id": list_id})
    families, digest = await content_of(tx, one)
    if families == 0:
        raise Refused("list_empty")
    await tx.execute(
        queries.VERIFY,
        {
            "list_id": list_id,
            "families": families,
            "hash": digest,
            "person": caller.subject,
            "person_name": caller.name,
        },
    )
    await note_step(tx, caller, one, "verified")
    return await get_for(tx, caller, list_id)


async def outcomes(tx: AsyncConnection, list_id: UUID) -> dict[str, int]:
    """Return how many families of a list have each outcome now."""
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
    if one["state"] not in {"proposed", "verified"}:
        raise Refused("list_not_proposed")
    await tx.execute(queries.SEND_BACK, {"list_id": list_id})
    await note_step(tx, caller, one, "returned", reason)
    return await get_for(tx, caller, list_id)

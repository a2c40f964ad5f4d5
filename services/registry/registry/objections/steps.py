"""What happened to an objection, line by line; and holding one while it is changed."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from registry.flags.clear import clear_of_subjects
from registry.objections import queries


async def note_step(
    tx: AsyncConnection, caller: Principal, objection_id: UUID, step: str, note: str | None = None
) -> None:
    """Add a line to what happened to an objection."""
    await tx.execute(
        queries.ADD_STEP,
        {
            "objection_id": objection_id,
            "step": step,
            "person": caller.subject,
            "person_name": caller.name,
            "note": note,
        },
    )


async def locked(tx: AsyncConnection, caller: Principal, objection_id: UUID) -> RowMapping:
    """Return an objection of the caller's regions, held; raises Refused: not_found,
    outside_your_regions."""
    found = await tx.execute(queries.LOCK, {"objection_id": objection_id})
    one = found.mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    return one


async def close_flag(tx: AsyncConnection, caller: Principal, one: RowMapping) -> None:
    """End the mark on the family: nothing is owed to it any more."""
    await clear_of_subjects(
        tx,
        caller,
        [one["household_id"]],
        kind="objection_open",
        reason="Sanggah sudah dijawab atau ditarik.",
        source=one["receipt_number"],
    )

"""Taking a family off a proposed list by a person, with a reason that stays on record."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.enrolment import checking_queries as queries
from registry.enrolment import difference_queries
from registry.enrolment.propose import locked_for
from registry.enrolment.rules import LEAVE, REASON_CHARACTERS_MIN, STAY


async def strike(
    tx: AsyncConnection, caller: Principal, list_id: UUID, household_id: UUID, reason: str
) -> RowMapping:
    """Take a family off a proposed list; one that was to leave stays enrolled.

    A repeat changes nothing. Who is enrolled already is not struck but leaves by a decision, or
    by a change in the family's life. Raises Refused: outside_your_regions, reason_too_short,
    list_not_proposed, same_person_proposed, not_found, family_is_enrolled.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    one = await locked_for(tx, caller, list_id)
    asked = {"list_id": list_id, "household_id": household_id}
    struck = (await tx.execute(queries.STRUCK, asked)).mappings().one_or_none()
    if struck is not None:
        return struck
    if one["state"] != "proposed":
        raise Refused("list_not_proposed")
    if one["proposed_by"] == caller.subject:
        raise Refused("same_person_proposed")
    member = await _member(tx, caller, asked)
    who = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.STRIKE, {**asked, **who, "reason": reason})
    await _move(tx, one, member)
    await audit.record(
        tx,
        caller,
        "list.struck",
        "household",
        household_id,
        region_code=member["region_code"],
        # The reason is with the strike: it may name people, which the log never does.
        details={"list_id": str(list_id)},
    )
    return (await tx.execute(queries.STRUCK, asked)).mappings().one()


async def _member(tx: AsyncConnection, caller: Principal, asked: dict[str, UUID]) -> RowMapping:
    """Return a family that may be struck, held; raises Refused."""
    rows = await tx.execute(queries.LOCK_MEMBER, asked)
    member: RowMapping | None = rows.mappings().one_or_none()
    if member is None:
        raise Refused("not_found")
    caller.demand_region(member["region_code"])
    if member["action"] == STAY:
        raise Refused("family_is_enrolled")
    return member


async def _move(tx: AsyncConnection, one: RowMapping, member: RowMapping) -> None:
    """Take the family off, or over to those who stay when it would be on neither cycle's side."""
    moved = {"list_id": one["id"], "household_ids": [member["household_id"]]}
    if member["action"] == LEAVE and one["base_cycle_id"] != one["cycle_id"]:
        await tx.execute(difference_queries.CHANGE_SIDES, moved)
    else:
        await tx.execute(difference_queries.TAKE_OFF, moved)
    await recount(tx, one)


async def recount(tx: AsyncConnection, one: RowMapping) -> RowMapping:
    """Write how many enter and leave by a list as it is now; return the figures by side."""
    list_id = {"list_id": one["id"]}
    counts = (await tx.execute(difference_queries.COUNTS, list_id)).mappings().one()
    unchanged = 0
    if one["base_cycle_id"] == one["cycle_id"]:
        asked = {
            "base_cycle_id": one["base_cycle_id"],
            "region_prefix": f"{one['region_code']}%",
        }
        running = await tx.scalar(difference_queries.COUNT_RUNNING, asked) or 0
        unchanged = max(0, int(running) - counts["leaving"])
    figures = {
        "subjects": counts["entering"] + counts["staying"],
        "leaving": counts["leaving"],
        "unchanged": unchanged,
    }
    await tx.execute(difference_queries.SET_COUNTS, {**list_id, **figures})
    return counts

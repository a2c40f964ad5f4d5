"""Clearing a flag, with the reason why it holds no longer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.flags import queries, rules


async def clear_flag(
    tx: AsyncConnection, caller: Principal, flag_id: UUID, reason: str
) -> RowMapping:
    """Clear a flag in the caller's regions; a repeat by the same person changes nothing.

    Raises Refused: not_found, outside_your_regions, reason_too_short, flag_cleared,
    flag_cleared_elsewhere, same_person_raised.
    """
    reason = " ".join(reason.split())
    if len(reason) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    found = (await tx.execute(queries.LOCK, {"flag_id": flag_id})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    if found["cleared_at"] is not None:
        if (found["cleared_by"], found["clear_reason"]) != (caller.subject, reason):
            raise Refused("flag_cleared", name=found["cleared_by_name"])
        return found
    if not is_cleared_by_hand(found["kind"]):
        raise Refused("flag_cleared_elsewhere")
    if found["severity"] == rules.BLOCKING and found["is_by_hand"]:
        _demand_another(caller, found)
    said = {"person": caller.subject, "person_name": caller.name, "reason": reason}
    await tx.execute(queries.CLEAR, {"flag_id": flag_id, **said})
    await _note(tx, caller, found)
    return (await tx.execute(queries.FLAG, {"flag_id": flag_id})).mappings().one()


def is_cleared_by_hand(kind: str) -> bool:
    """Tell whether a person clears this kind; the others end with what they are about."""
    known = rules.KINDS.get(kind)
    return known is None or known.by_hand


def _demand_another(caller: Principal, found: RowMapping) -> None:
    if found["raised_by"] == caller.subject:
        raise Refused("same_person_raised")


async def _note(tx: AsyncConnection, caller: Principal, found: RowMapping) -> None:
    await audit.record(
        tx,
        caller,
        "flag.cleared",
        "household",
        found["household_id"],
        region_code=found["region_code"],
        details={"kind": found["kind"], "flag_id": str(found["id"])},
    )


async def clear_of_subjects(
    tx: AsyncConnection,
    caller: Principal,
    subject_ids: Sequence[UUID],
    *,
    kind: str,
    reason: str,
    source: str | None = None,
) -> int:
    """End the open flags of a kind on these subjects, for the room that raised them; count them.

    For kinds that end with a decision of that room, in its transaction and its audit line.
    """
    asked = {
        "subject_ids": list(subject_ids),
        "kind": kind,
        "source": source,
        "reason": reason,
        "person": caller.subject,
        "person_name": caller.name,
    }
    return len((await tx.execute(queries.CLEAR_OF_SUBJECTS, asked)).all())

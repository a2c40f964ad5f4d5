"""Confirming a change: another person, the same plan, everything in one transaction."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.changes import queries, rules
from registry.changes.apply import Applying, apply_plan
from registry.changes.correct import plan_back
from registry.changes.family import read_family
from registry.changes.plan_rules import plan
from registry.changes.record import Keys, asked_of
from registry.changes.rules import Plan
from registry.people.alter import locked_households


async def confirm(
    tx: AsyncConnection, caller: Principal, keys: Keys, change_id: UUID, plan_hash: bytes
) -> RowMapping:
    """Do a recorded change as it was shown; a repeat by the same person changes nothing.

    Raises Refused: not_found, outside_your_regions, same_person_recorded, change_not_waiting,
    changed_meanwhile when the family is not as it was when the change was shown.
    """
    change = await _locked(tx, change_id)
    # Whoever confirms answers for the place where the family will live.
    caller.demand_region(change["to_region_code"])
    if change["state"] == "confirmed" and change["decided_by"] == caller.subject:
        return change
    if change["state"] != "recorded":
        raise Refused("change_not_waiting")
    if change["recorded_by"] == caller.subject:
        raise Refused("same_person_recorded")
    made, held = await _plan_now(tx, change)
    if not bytes(change["plan_hash"]) == made.digest() == plan_hash:
        raise Refused("changed_meanwhile")
    await apply_plan(tx, Applying(caller, keys, change, held), made)
    return await _decide(tx, caller, change, "confirmed", None)


async def _plan_now(tx: AsyncConnection, change: RowMapping) -> tuple[Plan, dict[UUID, RowMapping]]:
    """Work out the plan anew from the families as they are now, held for the change."""
    ids = [change["household_id"]]
    if change["kind"] == "merge" or change["kind"] == "correction":
        ids += [UUID(one["household_id"]) for one in change["plan"]["families"]]
    held = await locked_households(tx, ids)
    # What a list is about to enrol is seen here, or the list sees what is changed here.
    await tx.execute(queries.WAIT_FOR_LISTS, {"household_ids": ids})
    family = await read_family(tx, held[change["household_id"]])
    if change["corrects_id"] is not None:
        return await plan_back(tx, family, change["corrects_id"]), held
    other = None
    if change["kind"] == "merge":
        other = await read_family(tx, held[change["other_household_id"]])
    return plan(family, asked_of(change["request"]), other), held


async def send_back(
    tx: AsyncConnection, caller: Principal, change_id: UUID, note: str
) -> RowMapping:
    """Return a recorded change undone, with the reason; it can be recorded anew.

    Raises Refused: outside_your_regions, reason_too_short, same_person_recorded,
    change_not_waiting.
    """
    note = " ".join(note.split())
    if len(note) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    change = await _locked(tx, change_id)
    caller.demand_region(change["to_region_code"])
    if change["state"] == "returned" and change["decided_by"] == caller.subject:
        return change
    if change["state"] != "recorded":
        raise Refused("change_not_waiting")
    if change["recorded_by"] == caller.subject:
        raise Refused("same_person_recorded")
    return await _decide(tx, caller, change, "returned", note)


async def withdraw(tx: AsyncConnection, caller: Principal, change_id: UUID) -> RowMapping:
    """Take one's own recorded change back; raises Refused: not_found, change_not_waiting."""
    change = await _locked(tx, change_id)
    if change["recorded_by"] != caller.subject:
        raise Refused("change_not_yours")
    if change["state"] == "withdrawn":
        return change
    if change["state"] != "recorded":
        raise Refused("change_not_waiting")
    return await _decide(tx, caller, change, "withdrawn", None)


async def _locked(tx: AsyncConnection, change_id: UUID) -> RowMapping:
    found = await tx.execute(queries.LOCK_CHANGE, {"change_id": change_id})
    change = found.mappings().one_or_none()
    if change is None:
        raise Refused("not_found")
    return change


async def _decide(
    tx: AsyncConnection, caller: Principal, change: RowMapping, state: str, note: str | None
) -> RowMapping:
    await tx.execute(
        queries.DECIDE,
        {
            "change_id": change["id"],
            "new_state": state,
            "person": caller.subject,
            "person_name": caller.name,
            "note": note,
        },
    )
    await audit.record(
        tx,
        caller,
        f"change.{state}",
        "household",
        change["household_id"],
        region_code=change["region_code"],
        details={"change_id": str(change["id"]), "kind": change["kind"]},
    )
    return (await tx.execute(queries.CHANGE, {"change_id": change["id"]})).mappings().one()

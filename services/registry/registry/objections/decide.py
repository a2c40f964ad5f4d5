"""Examining and deciding an objection: by someone who did not decide the first time."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from common.web.formats import in_wib
from registry.eligibility.reconsider import reconsider
from registry.objections import queries, rules
from registry.objections.receive import first_deciders
from registry.objections.steps import close_flag, locked, note_step
from registry.people.rules import DIGITS_16


def findings_context(objection_id: UUID) -> str:
    """Return what the sealed notes of an examination are bound to."""
    return f"objections.findings:{objection_id}"


async def examine(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    objection_id: UUID,
    *,
    how: str,
    examined_on: date,
    findings: str,
) -> RowMapping:
    """Note what a visit or a look at the documents has shown; once.

    Raises Refused: not_found, outside_your_regions, objection_not_received, reason_too_short,
    examination_date_wrong.
    """
    one = await locked(tx, caller, objection_id)
    if one["state"] == "examined" and one["examined_by"] == caller.subject:
        return one
    if one["state"] != "received":
        raise Refused("objection_not_received")
    findings = _long_enough(findings)
    if how not in rules.EXAMINED_HOW:
        raise Refused("invalid_input")
    received_on = in_wib(one["received_at"]).date()
    if not received_on <= examined_on <= in_wib(clock.utc_now()).date():
        raise Refused("examination_date_wrong")
    await tx.execute(
        queries.EXAMINE,
        {
            "objection_id": objection_id,
            "how": how,
            "day": examined_on,
            "sealed": sealer.seal_text(findings, findings_context(objection_id)),
            **_who(caller),
        },
    )
    await _noted(tx, caller, one, "examined")
    return await _again(tx, objection_id)


async def judge_late(
    tx: AsyncConnection, caller: Principal, objection_id: UUID, *, is_accepted: bool, reason: str
) -> RowMapping:
    """Let a late objection in, or refuse it; with a reason, and not by who received it.

    Raises Refused: objection_not_late, objection_not_open, same_person_received,
    reason_too_short.
    """
    one = await locked(tx, caller, objection_id)
    if one["late_by"] == caller.subject and one["late_accepted"] == is_accepted:
        return one
    if not one["is_late"] or one["late_accepted"] is not None:
        raise Refused("objection_not_late")
    if one["state"] not in rules.OPEN_STATES:
        raise Refused("objection_not_open")
    if one["received_by"] == caller.subject:
        raise Refused("same_person_received")
    reason = _open_words(reason)
    await tx.execute(
        queries.JUDGE_LATE,
        {
            "objection_id": objection_id,
            "new_state": one["state"] if is_accepted else "late_refused",
            "accepted": is_accepted,
            "reason": reason,
            **_who(caller),
        },
    )
    if is_accepted:
        await _noted(tx, caller, one, "late_accepted", reason)
    else:
        await _noted(tx, caller, one, "late_refused", reason)
        await close_flag(tx, caller, one)
    return await _again(tx, objection_id)


async def decide(
    tx: AsyncConnection, caller: Principal, objection_id: UUID, *, is_upheld: bool, reason: str
) -> RowMapping:
    """Uphold an objection, which decides the family anew, or reject it with reasons in words.

    A repeat by the same person changes nothing. Raises Refused: objection_not_examined,
    objection_late_waits, same_person_received, same_person_decided_first, reason_too_short.
    """
    one = await locked(tx, caller, objection_id)
    outcome = "upheld" if is_upheld else "rejected"
    if one["state"] == outcome and one["decided_by"] == caller.subject:
        return one
    if one["state"] != "examined":
        raise Refused("objection_not_examined")
    if one["is_late"] and not one["late_accepted"]:
        raise Refused("objection_late_waits")
    people = await _first_people(tx, caller, one)
    reason = _open_words(reason)
    decision_id = await _decided_anew(tx, caller, one, reason) if is_upheld else None
    await tx.execute(
        queries.DECIDE,
        {
            "objection_id": objection_id,
            "new_state": outcome,
            "people": people,
            "reason": reason,
            "made_id": decision_id,
            **_who(caller),
        },
    )
    if is_upheld:
        await _noted(tx, caller, one, "upheld", reason)
    else:
        await _noted(tx, caller, one, "rejected", reason)
    await close_flag(tx, caller, one)
    return await _again(tx, objection_id)


async def _decided_anew(
    tx: AsyncConnection, caller: Principal, one: RowMapping, reason: str
) -> UUID:
    return await reconsider(
        tx,
        caller,
        cycle_id=one["cycle_id"],
        household_id=one["household_id"],
        reason=f"{one['receipt_number']}: {reason}",
    )


async def _first_people(
    tx: AsyncConnection, caller: Principal, one: RowMapping, *, may_receive: bool = False
) -> list[str]:
    """Return who is bound by the first decision, also by a list verified since; refuse them."""
    if one["received_by"] == caller.subject and not may_receive:
        raise Refused("same_person_received")
    asked = {name: one[name] for name in ("decision_id", "household_id", "cycle_id")}
    people = sorted({*one["first_deciders"], *await first_deciders(tx, asked)})
    if caller.subject in people:
        raise Refused("same_person_decided_first")
    return people


async def withdraw(
    tx: AsyncConnection, caller: Principal, objection_id: UUID, reason: str
) -> RowMapping:
    """Note that the family takes its objection back, and how it said so.

    Raises Refused: not_found, outside_your_regions, objection_not_open, reason_too_short,
    same_person_decided_first.
    """
    one = await locked(tx, caller, objection_id)
    if one["state"] == "withdrawn":
        return one
    if one["state"] not in rules.OPEN_STATES:
        raise Refused("objection_not_open")
    # Whose decision is contested does not say that the family gave up.
    await _first_people(tx, caller, one, may_receive=True)
    reason = _open_words(reason)
    await tx.execute(queries.WITHDRAW, {"objection_id": objection_id})
    await _noted(tx, caller, one, "withdrawn", reason)
    await close_flag(tx, caller, one)
    return await _again(tx, objection_id)


def _long_enough(text: str) -> str:
    text = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if len(text) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    return text


def _open_words(text: str) -> str:
    """Return words that stand unsealed in a decision: long enough, and without a number."""
    text = _long_enough(text)
    if DIGITS_16.search("".join(text.split())):
        raise Refused("objection_number_in_words")
    return text


def _who(caller: Principal) -> dict[str, Any]:
    return {"person": caller.subject, "person_name": caller.name}


async def _again(tx: AsyncConnection, objection_id: UUID) -> RowMapping:
    return (await tx.execute(queries.ONE, {"objection_id": objection_id})).mappings().one()


async def _noted(
    tx: AsyncConnection, caller: Principal, one: RowMapping, step: str, note: str | None = None
) -> None:
    await note_step(tx, caller, one["id"], step, note)
    await audit.record(
        tx,
        caller,
        f"objection.{step}",
        "objection",
        one["id"],
        region_code=one["region_code"],
        details={"household_id": str(one["household_id"])},
    )

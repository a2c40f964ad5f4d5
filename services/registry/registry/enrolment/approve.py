"""Approving a verified list under a decree: signed by one person or two, done by the worker."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import Formats, in_wib
from registry.eligibility.read import benefits_of, cycle_with_id, locked_cycle
from registry.enrolment import difference_queries, queries
from registry.enrolment.guard import read_guard
from registry.enrolment.persons import cost_of_persons, has_personal
from registry.enrolment.propose import get_for, locked_for, note_list_step
from registry.enrolment.rules import Reading
from registry.enrolment.verify import demand_no_flags
from registry.jobs.request import request
from registry.jobs.run import Job

APPROVE_JOB = "list.approve"
DECREE_CHARACTERS_MAX = 100
SIGNED_STATES = frozenset({"awaiting_second", "approving", "approved"})


def today() -> date:
    """Return the day it is where decrees are signed, which begins seven hours before UTC's."""
    return in_wib(clock.utc_now()).date()


def cost_rupiah(benefits: Sequence[RowMapping]) -> int:
    """Return what one family costs in a cycle, without its members' own benefits."""
    return sum(
        one["amount_rupiah"] * one["quantity"] for one in benefits if one["subject"] == "household"
    )


async def budget_of(tx: AsyncConnection, one: RowMapping) -> dict[str, int]:
    """Return what a list costs against the cycle's ceiling, in rupiah.

    Used is what is enrolled, and what other lists that are signed are about to enrol.
    """
    cycle = await cycle_with_id(tx, one["cycle_id"])
    benefits = await benefits_of(tx, one["programme_id"])
    each = cost_rupiah(benefits)
    of_persons, of_others = 0, 0
    if has_personal(benefits):
        of_persons, of_others = await cost_of_persons(tx, one)
    asked = {"cycle_id": one["cycle_id"], "list_id": one["id"]}
    promised = int(await tx.scalar(queries.PROMISED_IN_CYCLE, asked) or 0)
    here = 0
    if one["state"] != "approved":
        here = each * one["subjects"] + of_persons
        # Who comes back goes on with the share that was promised before.
        promised -= int(await tx.scalar(difference_queries.COUNT_RETURNING, asked) or 0)
    used = each * promised + of_others
    return {
        "each_rupiah": each,
        "persons_rupiah": of_persons,
        "list_rupiah": each * one["subjects"] + of_persons,
        "used_rupiah": used,
        "budget_rupiah": cycle["budget_rupiah"],
        "left_rupiah": cycle["budget_rupiah"] - used - here,
    }


async def ask_approval(
    tx: AsyncConnection,
    caller: Principal,
    list_id: UUID,
    *,
    decree_number: str,
    decree_on: date,
    content_hash: bytes,
) -> RowMapping:
    """Sign a verified list under a decree; the worker then carries it out.

    One that takes off more families than the guard lets one person do waits for a second
    signature. `content_hash` is what the person was shown. A repeat by the same person changes
    nothing. Raises Refused: outside_your_regions, decree_missing, list_approved_already,
    list_not_verified, list_changed, same_person_worked_on_list, budget_exceeded,
    list_has_open_flags, leavers_changed.
    """
    number = " ".join(decree_number.split())[:DECREE_CHARACTERS_MAX]
    if not number or decree_on > today():
        raise Refused("decree_missing")
    one = await locked_for(tx, caller, list_id)
    if one["state"] in SIGNED_STATES and one["approved_by"] == caller.subject:
        if (one["decree_number"], one["decree_on"]) != (number, decree_on):
            raise Refused("list_approved_already", number=one["decree_number"])
        return one
    reading = await _check(tx, caller, one, content_hash)
    await _sign(tx, caller, one, reading, {"number": number, "day": decree_on})
    said = {"content_hash": content_hash.hex(), "decree_number": number}
    note = f"{number}, {decree_on.isoformat()}"
    await note_list_step(tx, caller, one, "approved", note, details=said)
    return await get_for(tx, caller, list_id)


async def _sign(
    tx: AsyncConnection,
    caller: Principal,
    one: RowMapping,
    reading: Reading | None,
    decree: Mapping[str, Any],
) -> None:
    """Write the signature; past the guard the list waits for another, else for the worker."""
    tripped = reading if reading is not None and reading.is_tripped else None
    signature = {
        "list_id": one["id"],
        "next_state": "awaiting_second" if tripped else "approving",
        "reading": tripped.as_json() if tripped else None,
        "days": tripped.guard.grace_days if tripped else None,
        "person": caller.subject,
        "person_name": caller.name,
    }
    await tx.execute(queries.SIGN, {**signature, **decree})
    if tripped is None:
        await request(tx, caller, APPROVE_JOB, one["id"])


async def second_approval(
    tx: AsyncConnection, caller: Principal, list_id: UUID, content_hash: bytes
) -> RowMapping:
    """Sign, as a second approver, a list that the guard has stopped; the worker carries it out.

    A repeat by the same person changes nothing. Raises Refused: outside_your_regions,
    list_not_waiting_for_second, same_person_worked_on_list, list_changed, list_has_open_flags,
    leavers_changed.
    """
    one = await locked_for(tx, caller, list_id)
    if one["second_approved_by"] == caller.subject:
        return one
    if one["state"] != "awaiting_second":
        raise Refused("list_not_waiting_for_second")
    if caller.subject in {one["proposed_by"], one["verified_by"], one["approved_by"]}:
        raise Refused("same_person_worked_on_list")
    if bytes(one["content_hash"]) != content_hash:
        raise Refused("list_changed")
    await demand_no_flags(tx, list_id)
    await demand_same_leavers(tx, list_id)
    who = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.SIGN_SECOND, {"list_id": list_id, **who})
    await request(tx, caller, APPROVE_JOB, list_id)
    said = {"content_hash": content_hash.hex(), "decree_number": one["decree_number"]}
    await note_list_step(tx, caller, one, "second_approved", details=said)
    return await get_for(tx, caller, list_id)


async def _check(
    tx: AsyncConnection, caller: Principal, one: RowMapping, content_hash: bytes
) -> Reading | None:
    """Refuse when this person may not sign this list as it is; return what the guard says."""
    if one["state"] != "verified":
        raise Refused("list_not_verified")
    if caller.subject in {one["proposed_by"], one["verified_by"]}:
        raise Refused("same_person_worked_on_list")
    if bytes(one["content_hash"]) != content_hash:
        raise Refused("list_changed")
    await demand_no_flags(tx, one["id"])
    await demand_same_leavers(tx, one["id"])
    # Two lists of a cycle are signed one after the other, each against what the other left.
    for cycle_id in sorted({one["cycle_id"], one["base_cycle_id"] or one["cycle_id"]}):
        await locked_cycle(tx, cycle_id)
    left = (await budget_of(tx, one))["left_rupiah"]
    if left < 0:
        raise Refused("budget_exceeded", over=Formats("id").rupiah(-left))
    return await read_guard(tx, one)


async def demand_same_leavers(tx: AsyncConnection, list_id: UUID) -> None:
    """Refuse when somebody would leave whose decision says "no" no longer.

    Raises Refused: leavers_changed.
    """
    changed = await tx.scalar(difference_queries.LEAVERS_CHANGED, {"list_id": list_id})
    if changed:
        raise Refused("leavers_changed", count=changed)


async def note_not_approved(
    tx: AsyncConnection,
    job: Job,
    code: str,
    facts: Mapping[str, Any],  # noqa: ARG001 - the job itself carries them
) -> None:
    """Leave the list verified when its approval could not be carried out."""
    one = (await tx.execute(queries.LOCK_LIST, {"list_id": job.subject_id})).mappings().one()
    await tx.execute(queries.BACK_TO_VERIFIED, {"list_id": job.subject_id})
    await note_list_step(tx, job.caller, one, "returned", code)

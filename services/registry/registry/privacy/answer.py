"""Answering a request: fulfilling it with its effect, or refusing it with the reason."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from registry.flags.clear import clear_of_subjects
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import NewFlag
from registry.privacy import request_queries as queries
from registry.privacy import request_rules as rules
from registry.privacy.correct import Keys, apply_correction
from registry.privacy.erase import Buried, erase
from registry.privacy.requests import one_for, person_for

SOURCE = "Permintaan subjek data"
# Why an erasure may be refused: what was paid must stay provable.
PAYMENT_GROUND = "UU 27/2022 pasal 15 ayat (1) huruf c"


async def answer(
    tx: AsyncConnection,
    caller: Principal,
    keys: Keys,
    request_id: UUID,
    *,
    is_fulfilled: bool,
    reason: str,
) -> RowMapping:
    """Fulfil or refuse a request; a repeat of the same answer by the same person changes nothing.

    Raises Refused: not_found, outside_your_regions, reason_too_short, request_answered,
    own_request, payments_must_stay, nik_of_another, person_erased.
    """
    reason = rules.plain(reason)
    request = await one_for(tx, caller, request_id, lock=True)
    state = "done" if is_fulfilled else "refused"
    if request["state"] != "open":
        if (request["state"], request["decided_by"]) != (state, caller.subject):
            raise Refused("request_answered")
        return request
    _demand_answerable(caller, request, reason)
    person = await person_for(tx, caller, request["person_id"])
    pays = await tx.scalar(queries.HAS_PAYMENT, {"household_id": person["household_id"]})
    if is_fulfilled:
        if request["kind"] == "erasure" and pays:
            raise Refused("payments_must_stay")
        await _fulfil(tx, caller, keys, request, person)
    is_kept = not is_fulfilled and request["kind"] == "erasure" and pays
    said = {
        "request_id": request_id,
        "state": state,
        "reason": reason,
        "legal_ground": PAYMENT_GROUND if is_kept else None,
        "person": caller.subject,
        "person_name": caller.name,
    }
    await tx.execute(queries.DECIDE, said)
    await _note(tx, caller, request, state)
    return await one_for(tx, caller, request_id)


def _demand_answerable(caller: Principal, request: RowMapping, reason: str) -> None:
    if len(reason) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    if request["kind"] in rules.BY_ANOTHER and request["recorded_by"] == caller.subject:
        raise Refused("own_request")


async def _fulfil(
    tx: AsyncConnection, caller: Principal, keys: Keys, request: RowMapping, person: RowMapping
) -> None:
    if person["is_erased"] and request["kind"] != "copy":
        raise Refused("person_erased")
    if request["kind"] == "correction":
        await apply_correction(tx, keys, request, person)
    elif request["kind"] in {"restriction", "objection"}:
        await _restrict(tx, caller, person)
    elif request["kind"] == "erasure":
        buried = Buried(person["id"], person["household_id"], person["region_code"])
        await erase(tx, caller, [buried], request_id=request["id"])


async def _restrict(tx: AsyncConnection, caller: Principal, person: RowMapping) -> None:
    flag = NewFlag(
        subject_kind="person",
        subject_id=person["id"],
        household_id=person["household_id"],
        region_code=person["region_code"],
        kind="restricted",
        source=SOURCE,
        source_on=clock.utc_now().date(),
    )
    await raise_flags(tx, caller, [flag])


async def lift(tx: AsyncConnection, caller: Principal, person_id: UUID, reason: str) -> None:
    """End a restriction, so that the data are used again; raises Refused reason_too_short."""
    reason = rules.plain(reason)
    if len(reason) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    person = await person_for(tx, caller, person_id)
    ended = await clear_of_subjects(tx, caller, [person_id], kind="restricted", reason=reason)
    if ended:
        await audit.record(
            tx,
            caller,
            "restriction.lifted",
            "person",
            person_id,
            region_code=person["region_code"],
            details={"reason": reason, "household_id": str(person["household_id"])},
        )


async def _note(tx: AsyncConnection, caller: Principal, request: RowMapping, state: str) -> None:
    await audit.record(
        tx,
        caller,
        "subject_request.answered",
        "person",
        request["person_id"],
        region_code=request["region_code"],
        details={
            "kind": request["kind"],
            "outcome": state,
            "household_id": str(request["household_id"]),
        },
    )

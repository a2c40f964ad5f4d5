"""Taking a person's request, showing the register, and answering within three days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from registry.privacy import request_queries as queries
from registry.privacy import request_rules as rules
from registry.privacy.correct import Keys, value_context

ROWS = 100


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What was asked at the counter; `id` is made by the client."""

    id: UUID
    kind: str
    person_id: UUID
    requester: str
    requester_role: str
    identity_seen: str
    wish: str
    received_at: datetime
    field: str = ""
    value: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The requests of a caller's regions: those that wait, the late ones first, and the rest."""

    open: Sequence[RowMapping]
    closed: Sequence[RowMapping]
    counts: RowMapping


async def receive(
    tx: AsyncConnection, caller: Principal, keys: Keys, new: NewRequest
) -> RowMapping:
    """Record a request; a repeat gets the first answer.

    Raises Refused: not_found, outside_your_regions, invalid_input, received_in_future,
    correction_value_wrong, id_reused.
    """
    person = await person_for(tx, caller, new.person_id)
    known = await _find(tx, new.id)
    if known is not None:
        _demand_same(caller, new, known)
        return known
    values = _checked(keys, new)
    await tx.execute(
        queries.INSERT,
        {
            **values,
            "household_id": person["household_id"],
            "region_code": person["region_code"],
            "recorded_by": caller.subject,
            "recorded_by_name": caller.name,
        },
    )
    await _note(tx, caller, "subject_request.received", person, {"kind": new.kind})
    return await one_for(tx, caller, new.id)


def _checked(keys: Keys, new: NewRequest) -> dict[str, Any]:
    is_known = (
        new.kind in rules.KINDS
        and new.requester_role in rules.REQUESTER_ROLES
        and new.identity_seen in rules.PROOFS
    )
    requester, wish = rules.plain(new.requester), rules.plain(new.wish)
    if not is_known or not requester or not wish:
        raise Refused("invalid_input")
    if new.received_at > clock.utc_now():
        raise Refused("received_in_future")
    field, sealed, evidence = None, None, None
    if new.kind == "correction":
        value = rules.corrected_value(new.field, new.value) if new.field in rules.FIELDS else None
        evidence = rules.plain(new.evidence)
        if value is None or not evidence:
            raise Refused("correction_value_wrong")
        field, sealed = new.field, keys.sealer.seal_text(value, value_context(new.id))
    return {
        "id": new.id,
        "kind": new.kind,
        "person_id": new.person_id,
        "requester": requester,
        "requester_role": new.requester_role,
        "identity_seen": new.identity_seen,
        "wish": wish,
        "field": field,
        "value_sealed": sealed,
        "evidence": evidence,
        "received_at": new.received_at,
        "due_at": rules.due_at(new.received_at),
    }


def _demand_same(caller: Principal, new: NewRequest, known: RowMapping) -> None:
    said = (new.kind, new.person_id, rules.plain(new.wish), caller.subject)
    if said != (known["kind"], known["person_id"], known["wish"], known["recorded_by"]):
        raise Refused("id_reused")


async def person_for(tx: AsyncConnection, caller: Principal, person_id: UUID) -> RowMapping:
    """Return a person of the caller's regions; raises Refused not_found, outside_your_regions."""
    found = (await tx.execute(queries.PERSON, {"person_id": person_id})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def one_for(
    tx: AsyncConnection, caller: Principal, request_id: UUID, *, lock: bool = False
) -> RowMapping:
    """Return a request of the caller's regions; raises Refused."""
    found = await _find(tx, request_id, lock=lock)
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def _find(tx: AsyncConnection, request_id: UUID, *, lock: bool = False) -> RowMapping | None:
    statement = queries.LOCK if lock else queries.REQUEST
    asked = {"request_id": request_id}
    return (await tx.execute(statement, asked)).mappings().one_or_none()


async def register(tx: AsyncConnection, caller: Principal, kinds: Sequence[str] = ()) -> Register:
    """Return the register of requests, and note that it was read."""
    asked: dict[str, Any] = {"scopes": list(caller.regions), "rows": ROWS}
    waiting = await tx.execute(queries.OPEN, {**asked, "kinds": list(kinds)})
    closed = await tx.execute(queries.CLOSED, asked)
    counts = await tx.execute(queries.COUNTS, {"scopes": asked["scopes"]})
    await audit.record(
        tx, caller, "subject_requests.read", "region", next(iter(caller.regions), "-")
    )
    return Register(waiting.mappings().all(), closed.mappings().all(), counts.mappings().one())


async def read(
    tx: AsyncConnection, caller: Principal, keys: Keys, request_id: UUID
) -> dict[str, Any]:
    """Return a request with its person, and the proposed value while it waits; noted."""
    request = await one_for(tx, caller, request_id)
    person = await person_for(tx, caller, request["person_id"])
    await _note(tx, caller, "subject_request.read", person, {"kind": request["kind"]})
    value = ""
    if request["value_sealed"] is not None:
        value = keys.sealer.open_text(request["value_sealed"], value_context(request_id))
    return {**request, "person": person, "value": value}


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, person: RowMapping, details: dict[str, str]
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "person",
        person["id"],
        region_code=person["region_code"],
        details={**details, "household_id": str(person["household_id"])},
    )

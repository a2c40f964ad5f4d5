"""A standing authorisation: who may collect for a family that cannot come, from when to when."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from redemption.companions import queries
from redemption.companions.known import Keys, Person, known
from redemption.companions.note import limit_of
from redemption.companions.rules import (
    ACTS_MAX,
    AUTHORISED_DAYS_MAX,
    REASON_MAX,
    REASON_MIN,
)
from redemption.measures.rules import FORMS, LIMIT


@dataclass(frozen=True, slots=True)
class Authorising:
    """Whom a family lets collect for it, as the village writes it down."""

    id: UUID
    household_id: UUID
    card_id: str
    region_code: str
    person: Person
    relation: str
    reason: str
    from_on: date
    to_on: date
    acts_max: int


async def authorise(
    tx: AsyncConnection, caller: Principal, keys: Keys, asked: Authorising, now: datetime
) -> None:
    """Record an authorisation; a repeat is the first one.

    Raises Refused: outside_your_regions, permission_missing, invalid_input, id_reused,
    authorisation_dates_wrong, companion_relation_unknown, companion_authorised_often.
    """
    caller.demand_region(asked.region_code)
    _demand_in_order(asked, in_wib(now).date())
    person = asked.person.checked()
    content = [caller.subject, person.name, person.phone, asked.relation, asked.reason.strip()]
    content += [str(asked.household_id), str(asked.from_on), str(asked.to_on), str(asked.acts_max)]
    digest = keys.index.of("companion_authorisation", json.dumps(content))
    companion_id = await known(tx, keys, person, asked.region_code)
    earlier = await _one(tx, asked.id)
    if earlier is not None:
        if bytes(earlier["request_hash"]) != digest:
            raise Refused("id_reused")
        return
    await _demand_room(tx, companion_id, asked, in_wib(now).date())
    sealed = keys.sealer.seal_text(
        asked.reason.strip(), f"companion_authorisations.reason:{asked.id}"
    )
    names = ("id", "household_id", "card_id", "region_code", "relation", "from_on", "to_on")
    row = {name: getattr(asked, name) for name in (*names, "acts_max")} | {
        "companion_id": companion_id,
        "sealed_reason": sealed,
        "request_hash": digest,
        "recorded_by": caller.subject,
        "recorded_by_name": caller.name,
    }
    await tx.execute(queries.AUTHORISE, row)
    await _note(tx, caller, "companion.authorised", asked.id, row)


def _demand_in_order(asked: Authorising, today: date) -> None:
    if asked.relation not in FORMS[LIMIT]:
        raise Refused("companion_relation_unknown")
    if not REASON_MIN <= len(asked.reason.strip()) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    if not 1 <= asked.acts_max <= ACTS_MAX:
        raise Refused("invalid_input", fields=[{"field": "acts_max", "problem": "?"}])
    longest = asked.from_on + timedelta(days=AUTHORISED_DAYS_MAX)
    if not today <= asked.from_on <= asked.to_on <= longest:
        raise Refused("authorisation_dates_wrong", days=AUTHORISED_DAYS_MAX)


async def _demand_room(
    tx: AsyncConnection, companion_id: UUID, asked: Authorising, today: date
) -> None:
    limit = await limit_of(tx, asked.relation)
    others = await tx.scalar(
        queries.AUTHORISED,
        {"companion_id": companion_id, "household_id": asked.household_id, "today": today},
    )
    if limit is not None and others >= limit.authorised_max:
        raise Refused("companion_authorised_often", most=limit.authorised_max)


async def end(tx: AsyncConnection, caller: Principal, authorisation_id: UUID, reason: str) -> None:
    """End an authorisation before its date, with a reason.

    Raises Refused: not_found, outside_your_regions, invalid_input, authorisation_over.
    """
    one = await _one(tx, authorisation_id)
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    if one["ended_at"] is not None:
        raise Refused("authorisation_over")
    row = {"id": authorisation_id, "by": caller.subject, "by_name": caller.name}
    await tx.execute(queries.END, {**row, "reason": reason.strip()})
    await _note(tx, caller, "companion.authorisation_ended", authorisation_id, dict(one))


async def _one(tx: AsyncConnection, authorisation_id: UUID) -> Any:
    found = await tx.execute(queries.ONE_AUTHORISATION, {"id": authorisation_id})
    return found.mappings().one_or_none()


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, authorisation_id: UUID, row: dict[str, Any]
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "companion_authorisation",
        authorisation_id,
        region_code=row["region_code"],
        details={"household_id": str(row["household_id"]), "relation": row["relation"]},
    )

"""Somebody collects for a family: noted before the act, counted when the act is written."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from redemption.companions import queries
from redemption.companions.known import Keys, Person, known
from redemption.companions.rules import (
    REASON_MAX,
    REASON_MIN,
    Limit,
    Permitted,
    holds_since,
    permit,
)
from redemption.measures import queries as measures
from redemption.measures.rules import FORMS, LIMIT

__all__ = ["Keys", "Noting", "Person", "note", "unuse", "use"]
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Noting:
    """Who comes, for which family's card, in which cycle. `id` is the redemption's.

    `is_late` is for lines of a journal: what was given without network is never refused here.
    """

    id: UUID
    person: Person
    relation: str
    reason: str
    household_id: UUID
    card_id: str
    region_code: str
    cycle_id: UUID
    partner_name: str = ""
    is_late: bool = False


async def note(
    tx: AsyncConnection, caller: Principal, keys: Keys, noting: Noting, now: datetime
) -> UUID:
    """Note who collects, within the limits, and return the companion's id; a repeat gets the same.

    The place is kept for half an hour, or for good once `use` says that the act was written.
    Raises Refused: invalid_input, companion_relation_unknown, companion_limit_reached, id_reused.
    """
    checked = _checked(noting)
    digest = keys.index.of("companion_act", json.dumps(_content(caller, checked)))
    companion_id = await known(tx, keys, checked.person, checked.region_code)
    earlier = await _earlier(tx, checked.id, digest)
    if earlier is not None and (earlier["used_at"] or earlier["noted_at"] > holds_since(now)):
        return UUID(str(earlier["companion_id"]))
    permitted = await _permitted(tx, companion_id, checked, now)
    row: dict[str, object] = {
        "id": checked.id,
        "authorisation_id": permitted.authorisation_id,
        "is_held": permitted.word == "held",
        "noted_at": now,
    }
    if earlier is not None:
        await tx.execute(queries.NOTE_AGAIN, row)
        return UUID(str(earlier["companion_id"]))
    row |= _row(caller, keys, checked) | {"companion_id": companion_id, "request_hash": digest}
    if await tx.scalar(queries.NOTE, row) is None:
        # Somebody else wrote this id since we looked: its content decides.
        await _earlier(tx, checked.id, digest)
    return companion_id


def _checked(noting: Noting) -> Noting:
    reason = noting.reason.strip()
    relation = noting.relation
    if noting.is_late:
        # A person has what was given; words that are missing are no reason to lose the line.
        reason, relation = reason[:REASON_MAX], relation if relation in FORMS[LIMIT] else OTHER
    if relation not in FORMS[LIMIT]:
        raise Refused("companion_relation_unknown")
    if not noting.is_late and not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    return Noting(
        id=noting.id,
        person=noting.person.checked(),
        relation=relation,
        reason=reason,
        household_id=noting.household_id,
        card_id=noting.card_id,
        region_code=noting.region_code,
        cycle_id=noting.cycle_id,
        partner_name=noting.partner_name,
        is_late=noting.is_late,
    )


def _content(caller: Principal, noting: Noting) -> list[str]:
    return [
        str(caller.partner_id),
        noting.person.name,
        noting.person.phone,
        noting.relation,
        noting.reason,
        str(noting.household_id),
        str(noting.cycle_id),
    ]


def _row(caller: Principal, keys: Keys, noting: Noting) -> dict[str, object]:
    sealed = keys.sealer.seal_text(noting.reason, f"companion_acts.reason:{noting.id}")
    return {
        "household_id": noting.household_id,
        "card_id": noting.card_id,
        "cycle_id": noting.cycle_id,
        "region_code": noting.region_code,
        "relation": noting.relation,
        "sealed_reason": sealed,
        "is_late": noting.is_late,
        "partner_id": caller.partner_id,
        "partner_name": noting.partner_name,
        "terminal_id": caller.terminal_id,
        "noted_by": caller.subject,
        "noted_by_name": caller.name,
    }


async def _earlier(tx: AsyncConnection, act_id: UUID, digest: bytes) -> RowMapping | None:
    earlier = (await tx.execute(queries.ACT, {"id": act_id})).mappings().one_or_none()
    if earlier is not None and bytes(earlier["request_hash"]) != digest:
        raise Refused("id_reused")
    return earlier


async def _permitted(
    tx: AsyncConnection, companion_id: UUID, noting: Noting, now: datetime
) -> Permitted:
    asked = {
        "id": noting.id,
        "companion_id": companion_id,
        "household_id": noting.household_id,
        "cycle_id": noting.cycle_id,
        "holds_since": holds_since(now),
        "today": in_wib(now).date(),
    }
    authorisation_id = await tx.scalar(queries.AUTHORISATION, asked)
    others = await tx.scalar(queries.FAMILIES, asked)
    limit = await limit_of(tx, noting.relation)
    permitted = permit(authorisation_id, limit, others + 1, is_late=noting.is_late)
    if permitted.word == "refused" and limit is not None:
        raise Refused("companion_limit_reached", most=limit.families_max)
    return permitted


async def limit_of(tx: AsyncConnection, relation: str) -> Limit | None:
    """Return what holds for a relation now."""
    found = await measures.current_one(tx, LIMIT, relation)
    if found is None:
        return None
    said = found.settings
    return Limit(said["families_max"], said["authorised_max"], bool(said["is_refused_beyond"]))


async def use(
    tx: AsyncConnection, *, act_id: UUID, companion_id: UUID, household_id: UUID, now: datetime
) -> None:
    """Count a note for good: its redemption was written in this transaction.

    Raises Refused companion_not_noted where there is no such note, or it no longer keeps a place.
    """
    row = {
        "id": act_id,
        "companion_id": companion_id,
        "household_id": household_id,
        "now": now,
        "holds_since": holds_since(now),
    }
    if await tx.scalar(queries.USE, row) is None:
        raise Refused("companion_not_noted")


async def unuse(tx: AsyncConnection, act_ids: Collection[UUID]) -> None:
    """Count notes no more that this transaction counted: their redemptions were not written.

    They are notes that no redemption followed, and keep their place for as long as those do.
    """
    if act_ids:
        await tx.execute(queries.UNUSE, {"ids": list(act_ids)})

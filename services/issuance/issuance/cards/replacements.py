"""How many cards a family has had and why, and replacements that take two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.cards import queries
from issuance.cards import worklist_queries as asked
from issuance.cards.change import Wish, locked_card, place_for
from issuance.cards.replacement_rules import WITHIN, needs_another

OPEN_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Replacements:
    """A family's replacements, newest first, and what the next one takes."""

    rows: Sequence[RowMapping]
    # Lost, stolen or damaged within the last year.
    counted: int
    # What one clerk has asked for and another has to confirm.
    waiting: RowMapping | None

    @property
    def next_needs_another(self) -> bool:
        """Whether a lost card would now need a second person."""
        return needs_another("lost", self.counted)


async def replacements_of(
    tx: AsyncConnection, household_id: UUID, card_id: str, now: datetime
) -> Replacements:
    """Return how often a family's card was replaced and why; the caller notes the reading."""
    whose = {"household_id": household_id}
    waiting = await tx.execute(asked.SELECT_OPEN_OF_CARD, {"card_id": card_id})
    return Replacements(
        (await tx.execute(asked.REPLACEMENTS_OF, whose)).mappings().all(),
        await count_replaced(tx, household_id, now),
        waiting.mappings().one_or_none(),
    )


async def count_replaced(tx: AsyncConnection, household_id: UUID, now: datetime) -> int:
    """Return how often the family has lost or broken its card within the last year."""
    values = {"household_id": household_id, "since": now - WITHIN}
    return int(await tx.scalar(asked.COUNT_REPLACED, values))


async def demand_another(tx: AsyncConnection, card: RowMapping, wish: Wish) -> None:
    """Refuse a replacement that one clerk may not give alone: replacement_needs_another."""
    household_id, now = card["household_id"], clock.utc_now()
    await tx.execute(asked.LOCK_HOUSEHOLD, {"household_id": household_id})
    before = await count_replaced(tx, household_id, now)
    if not needs_another(wish.reason, before):
        return
    found = await tx.execute(asked.SELECT_REQUEST, {"id": wish.change_id})
    request = found.mappings().one_or_none()
    if request is None or request["confirmed_by"] is None:
        raise Refused("replacement_needs_another", times=before)


async def ask_replacement(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Ask another clerk to confirm a replacement; returns the request, a repeat the first one.

    Raises Refused: card_unknown, outside_your_regions, reason_unknown, id_reused, and
    replacement_is_asked when a request for this card waits already.
    """
    card = await locked_card(tx, principal, wish)
    known = (await tx.execute(asked.SELECT_REQUEST, {"id": wish.change_id})).mappings()
    row = known.one_or_none()
    if row is not None:
        if (row["card_id"], row["reason"]) != (wish.card_id, wish.reason):
            raise Refused("id_reused")
        return row
    waiting = await tx.execute(asked.SELECT_OPEN_OF_CARD, {"card_id": wish.card_id})
    if waiting.first() is not None:
        raise Refused("replacement_is_asked")
    values = {
        "request_id": wish.change_id,
        "card_id": wish.card_id,
        "reason": wish.reason,
        "place": wish.place or place_for(principal, card),
        "asked_at": clock.utc_now(),
        "asked_by": principal.subject,
        "asked_by_name": principal.name,
    }
    made = (await tx.execute(asked.INSERT_REQUEST, values)).mappings().one()
    await audit.record(
        tx,
        principal,
        "replacement.asked",
        "card",
        wish.card_id,
        region_code=card["region_code"],
        details={"reason": wish.reason},
    )
    return made


async def open_requests(
    tx: AsyncConnection, principal: Principal, region_code: str
) -> Sequence[RowMapping]:
    """Return what waits for a second person in a region, oldest first; its reading is noted."""
    principal.demand_region(region_code)
    values = {"region_code": region_code, "rows": OPEN_SHOWN_MAX}
    rows = (await tx.execute(asked.OPEN_REQUESTS, values)).mappings().all()
    await audit.record(
        tx,
        principal,
        "replacements.read",
        "region",
        region_code,
        region_code=region_code,
        details={"requests": len(rows)},
    )
    return rows


async def confirmed_wish(tx: AsyncConnection, principal: Principal, request_id: UUID) -> Wish:
    """Confirm what another clerk asked for and return it as the wish that may now be fulfilled.

    Raises Refused: not_found, outside_your_regions, replacement_needs_another.
    """
    found = await tx.execute(asked.SELECT_REQUEST, {"id": request_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise Refused("not_found")
    card = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": row["card_id"]})
    principal.demand_region(card.mappings().one()["region_code"])
    if row["asked_by"] == principal.subject:
        raise Refused("replacement_needs_another", times="")
    if row["confirmed_by"] is None:
        values = {"id": request_id, "by": principal.subject, "by_name": principal.name}
        await tx.execute(asked.CONFIRM_REQUEST, {**values, "at": clock.utc_now()})
    return Wish(request_id, row["card_id"], "replace", row["reason"], row["place"])

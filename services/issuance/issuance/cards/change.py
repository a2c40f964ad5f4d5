"""One change of one card: history, state, status list and events in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import covers
from issuance.cards import queries
from issuance.cards.rules import REASONS, check_transition, in_use
from issuance.cards.tell import Change, tell_one


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of a card. `change_id` is made by the client: a repeat has one effect."""

    change_id: UUID
    card_id: str
    act: str
    reason: str
    # Region code of where the person is; empty: where the person works (`place_for`).
    place: str = ""


async def locked_card(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Return the card, locked.

    Raises Refused: card_unknown, outside_your_regions, reason_unknown.
    """
    if wish.reason not in REASONS[wish.act]:
        raise Refused("reason_unknown", act=wish.act)
    found = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": wish.card_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("card_unknown")
    principal.demand_region(card["region_code"])
    return card


async def is_repeat(tx: AsyncConnection, wish: Wish, new_state: str) -> bool:
    """Tell whether this very wish was fulfilled before; raises Refused id_reused for another one.

    Asked after the card is locked, so that two repeats at once cannot both be the first.
    """
    found = await tx.execute(queries.SELECT_CHANGE_BY_ID, {"change_id": wish.change_id})
    known = found.mappings().one_or_none()
    if known is None:
        return False
    was = (
        "unblocked"
        if known["old_state"] == "blocked" and in_use(known["state"])
        else known["state"]
    )
    if (wish.card_id, wish.reason, new_state) != (known["card_id"], known["reason"], was):
        raise Refused("id_reused")
    return True


def place_for(principal: Principal, card: RowMapping) -> str:
    """Return where an act happens of which nobody said where.

    For a person the narrowest region in which the person works and the card is; a process, which
    has no permissions of its own, is nowhere, so that it is the card's region.
    """
    card_region = str(card["region_code"])
    works_in = principal.regions if principal.permissions else ()
    around = [scope for scope in works_in if covers(scope, card_region)]
    return max(around, key=len, default=card_region)


def told_by(principal: Principal, reason: str, place: str, at: datetime) -> dict[str, Any]:
    """Return what a line of history says beside the card: who, why, where and when."""
    return {
        "at": at,
        "actor": principal.subject,
        "actor_name": principal.name,
        "reason": reason,
        "place": place,
    }


async def apply(
    tx: AsyncConnection,
    principal: Principal,
    card: RowMapping,
    new_state: str,
    *,
    reason: str,
    change_id: UUID | None,
    place: str = "",
    unblocks: bool = False,
) -> RowMapping:
    """Bring a locked card to its next state and return it; raises Refused card_state_impossible.

    `place` is the region code of where it happens; empty: `place_for` decides. Only what says that
    it `unblocks` takes a blocked card back on its way.
    """
    check_transition(card["state"], new_state, unblocks=unblocks)
    version, now, where = card["version"] + 1, clock.utc_now(), place or place_for(principal, card)
    line = {
        "card_id": card["card_id"],
        "version": version,
        "state": new_state,
        "old_state": card["state"],
        "change_id": change_id,
        **told_by(principal, reason, where, now),
    }
    await tx.execute(queries.INSERT_CHANGE, line)
    after = {"id": card["card_id"], "new_state": new_state, "new_version": version}
    changed = (await tx.execute(queries.UPDATE_STATE, after)).mappings().one()
    await audit.record(
        tx,
        principal,
        f"card.{new_state}",
        "card",
        card["card_id"],
        region_code=card["region_code"],
        details={"reason": reason, "version": version, "place": where},
    )
    await tell_one(tx, changed, Change(card["state"], reason, where, now))
    return changed


async def block_card(
    tx: AsyncConnection,
    principal: Principal,
    card: RowMapping,
    *,
    reason: str,
    change_id: UUID | None,
    place: str = "",
) -> RowMapping:
    """Block a locked card and return it; one that a print batch has claimed is taken out first.

    Otherwise it would come back, once unblocked, to a batch that is long done.
    """
    if card["state"] == "in_print":
        card = await apply(
            tx, principal, card, "signed", reason="blocked", change_id=None, place=place
        )
    return await apply(
        tx, principal, card, "blocked", reason=reason, change_id=change_id, place=place
    )

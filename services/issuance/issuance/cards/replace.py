"""End a card and order another for the same household, in one transaction."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from issuance.cards import queries, standing_queries
from issuance.cards.change import Wish, apply, is_repeat, locked_card, place_for, told_by
from issuance.cards.order import new_card_id
from issuance.cards.replacements import confirmed_wish, demand_another
from issuance.cards.tell import Change, tell_one


async def replace(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Replace a card; returns the new one, which is signed within a second.

    Raises Refused replacement_needs_another when the family has had so many that one clerk alone
    does not give it the next (`ask_replacement`, `confirm_replacement`).
    """
    card = await locked_card(tx, principal, wish)
    if not await is_repeat(tx, wish, "replaced"):
        await demand_another(tx, card, wish)
        await apply(
            tx,
            principal,
            card,
            "replaced",
            reason=wish.reason,
            change_id=wish.change_id,
            place=wish.place,
        )
        await order_replacement(tx, principal, card, wish.reason, place=wish.place)
    found = await tx.execute(queries.SELECT_REPLACEMENT, {"id": card["card_id"]})
    return found.mappings().one()


async def confirm_replacement(
    tx: AsyncConnection, principal: Principal, request_id: UUID
) -> RowMapping:
    """Replace a card as another clerk has asked; returns the new card, a repeat the same one.

    Raises Refused: not_found, outside_your_regions, replacement_needs_another (one's own request),
    card_state_impossible.
    """
    return await replace(tx, principal, await confirmed_wish(tx, principal, request_id))


async def order_replacement(
    tx: AsyncConnection, principal: Principal, old: RowMapping, reason: str, *, place: str = ""
) -> None:
    """Order the card that follows one which has just ended, for where the family lives now."""
    await tx.execute(standing_queries.ASK_REPLACEMENT, {"id": old["household_id"], "at": None})
    # The registry may have suspended the family: the new card then is blocked once it is signed.
    mark = {"household_id": old["household_id"], "at": clock.utc_now()}
    await tx.execute(standing_queries.MARK, mark)
    home = await tx.execute(queries.SELECT_HOUSEHOLD, {"household_id": old["household_id"]})
    card_id, now = new_card_id(), clock.utc_now()
    where = place or place_for(principal, old)
    ordered = {
        "card_id": card_id,
        "household_id": old["household_id"],
        # Where the family lives now, which need not be where the old card was printed for.
        "region_code": home.mappings().one()["region_code"],
        "state": "ordered",
        "version": 1,
        "replaces_card_id": old["card_id"],
        "ordered_at": now,
    }
    made = (await tx.execute(queries.INSERT_CARD, ordered)).mappings().one()
    line = {"card_id": card_id, "version": 1, "state": "ordered"}
    await tx.execute(queries.INSERT_CHANGE, {**line, **told_by(principal, reason, where, now)})
    await tell_one(tx, made, Change("", reason, where, now))

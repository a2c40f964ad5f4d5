"""End a card and order another for the same household, in one transaction."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from issuance.cards import queries, standing_queries
from issuance.cards.change import Wish, apply, is_repeat, locked_card, place_for
from issuance.cards.order import new_card_id
from issuance.cards.tell import Change, tell_one


async def replace(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Replace a card; returns the new one, which the worker signs within a second."""
    card = await locked_card(tx, principal, wish)
    if not await is_repeat(tx, wish, "replaced"):
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


async def order_replacement(
    tx: AsyncConnection, principal: Principal, old: RowMapping, reason: str, *, place: str = ""
) -> None:
    """Order the card that follows one which has just ended, for where the family lives now."""
    await tx.execute(standing_queries.ASK_REPLACEMENT, {"id": old["household_id"], "at": None})
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
    await tx.execute(
        queries.INSERT_CHANGE,
        {
            "card_id": card_id,
            "version": 1,
            "state": "ordered",
            "at": now,
            "actor": principal.subject,
            "actor_name": principal.name,
            "reason": reason,
            "place": where,
        },
    )
    await tell_one(tx, made, Change("", reason, where, now))

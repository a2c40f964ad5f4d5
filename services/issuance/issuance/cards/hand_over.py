"""Give a printed card to its family; from then on it is active."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.cards.change import Wish, apply, is_repeat, locked_card


async def hand_over(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Note to whom a card was given (the reason says) and make it active; returns the card."""
    card = await locked_card(tx, principal, wish)
    if await is_repeat(tx, wish, "handed_over"):
        return card
    given = await apply(
        tx,
        principal,
        card,
        "handed_over",
        reason=wish.reason,
        change_id=wish.change_id,
        place=wish.place,
    )
    return await apply(
        tx, principal, given, "active", reason=wish.reason, change_id=None, place=wish.place
    )

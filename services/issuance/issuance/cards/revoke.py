"""End a card for good without making another."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.cards.change import Wish, apply, is_repeat, locked_card


async def revoke(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Revoke a card; returns it."""
    card = await locked_card(tx, principal, wish)
    if await is_repeat(tx, wish, "revoked"):
        return card
    return await apply(
        tx,
        principal,
        card,
        "revoked",
        reason=wish.reason,
        change_id=wish.change_id,
        place=wish.place,
    )

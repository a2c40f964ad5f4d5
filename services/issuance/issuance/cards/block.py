"""Block a card at once: it is lost, stolen, or something is wrong."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.cards.change import Wish, block_card, is_repeat, locked_card


async def block(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Block a card until another person unblocks it; returns the card."""
    card = await locked_card(tx, principal, wish)
    if await is_repeat(tx, wish, "blocked"):
        return card
    return await block_card(
        tx, principal, card, reason=wish.reason, change_id=wish.change_id, place=wish.place
    )

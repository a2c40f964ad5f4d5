"""Read whether and when a card's PIN was set."""

from collections.abc import Sequence

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.pins import queries


async def pin_settings(tx: AsyncConnection, card_id: str) -> Sequence[RowMapping]:
    """Return when and at whose desk the PIN of a card was set, the newest first."""
    return (await tx.execute(queries.OF_CARD, {"card_id": card_id})).mappings().all()

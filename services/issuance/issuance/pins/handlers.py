"""What the desk notes when a PIN was locked at a counter."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import CardPinLockedV1, Envelope
from common.worker import Handlers
from issuance.pins import queries


async def on_pin_locked(tx: AsyncConnection, event: CardPinLockedV1, _envelope: Envelope) -> None:
    """Note which PIN of a card is locked; the desk shows it until another one is set."""
    await tx.execute(
        queries.NOTE_LOCK,
        {
            "card_id": event.card_id,
            "sequence": event.pin_sequence,
            "locked_at": event.locked_at,
        },
    )


HANDLERS: Handlers = {CardPinLockedV1: on_pin_locked}

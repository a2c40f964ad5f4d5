"""What the registry notes of issuance's events: every step of a card on its way to a family."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import CardsIssuedV1, CardsStateChangedV1, Envelope
from registry.cards import queries

# An order is the first line of a card's history, its signature always the second.
SIGNED_VERSION = 2


async def on_cards_issued(tx: AsyncConnection, event: CardsIssuedV1, _envelope: Envelope) -> None:
    """Note that cards were signed, and until when they are good."""
    if not event.cards:
        return
    steps = [
        {
            "card_id": card.card_id,
            "household_id": card.household_id,
            "version": SIGNED_VERSION,
            "state": "signed",
            "reason": "",
            "place": card.region_code,
            "since": card.issued_at,
        }
        for card in event.cards
    ]
    await tx.execute(queries.NOTE_STEP, steps)
    await tx.execute(
        queries.NOTE_EXPIRY,
        [{"card_id": card.card_id, "expires_at": card.expires_at} for card in event.cards],
    )


async def on_cards_state_changed(
    tx: AsyncConnection, event: CardsStateChangedV1, _envelope: Envelope
) -> None:
    """Note where cards are; what is older than what is known says nothing any more."""
    if not event.steps:
        return
    await tx.execute(
        queries.NOTE_STEP,
        [
            {
                "card_id": step.card_id,
                "household_id": step.household_id,
                "version": step.version,
                "state": step.state,
                "reason": step.reason,
                "place": step.region_code,
                "since": event.changed_at,
            }
            for step in event.steps
        ],
    )

"""What the registry notes of the others' events: the family's cards and what it has received."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import (
    CardsIssuedV1,
    CardStatusChangedV1,
    Envelope,
    RedemptionRecordedV1,
    RedemptionReversedV1,
    RedemptionsRecordedV1,
)
from common.redemption_events import RecordedRedemption
from registry.people import queries


async def on_cards_issued(tx: AsyncConnection, event: CardsIssuedV1, _envelope: Envelope) -> None:
    """Note each card with its family."""
    for card in event.cards:
        await tx.execute(
            queries.NOTE_CARD,
            {
                "card_id": card.card_id,
                "household_id": card.household_id,
                "issued_at": card.issued_at,
                "expires_at": card.expires_at,
            },
        )


async def on_card_status_changed(
    tx: AsyncConnection, event: CardStatusChangedV1, envelope: Envelope
) -> None:
    """Note a card's state, also when its issue has not been heard of yet."""
    await tx.execute(
        queries.NOTE_CARD_STATUS,
        {
            "card_id": event.card_id,
            "household_id": event.household_id,
            "status": event.status,
            "status_reason": event.reason,
            "status_at": event.changed_at,
            "status_sequence": envelope.sequence,
        },
    )


async def on_redemption_recorded(
    tx: AsyncConnection, event: RedemptionRecordedV1, _envelope: Envelope
) -> None:
    """Note what a family has received."""
    await tx.execute(queries.NOTE_REDEMPTION, _received(event))


async def on_redemptions_recorded(
    tx: AsyncConnection, event: RedemptionsRecordedV1, _envelope: Envelope
) -> None:
    """Note what families have received, also when it was undone before it is heard of."""
    # In the order of the key, so that two messages never wait in a circle.
    lines = sorted(event.redemptions, key=lambda one: one.redemption_id)
    await tx.execute(queries.NOTE_REDEMPTION, [_received(one) for one in lines])


def _received(line: RedemptionRecordedV1 | RecordedRedemption) -> dict[str, Any]:
    return {
        "redemption_id": line.redemption_id,
        "household_id": line.household_id,
        "card_id": line.card_id,
        "benefit_name": line.benefit_name_id,
        "partner_name": line.partner_name,
        "quantity": line.quantity,
        "amount_rupiah": line.amount_rupiah,
        "redeemed_at": line.redeemed_at,
    }


async def on_redemption_reversed(
    tx: AsyncConnection, event: RedemptionReversedV1, _envelope: Envelope
) -> None:
    """Note that something received was undone, also when it has not been heard of yet."""
    await tx.execute(
        queries.NOTE_REVERSAL,
        {
            "redemption_id": event.redemption_id,
            "household_id": event.household_id,
            "reversed_at": event.reversed_at,
        },
    )

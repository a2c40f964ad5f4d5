"""What others are told of cards: the status list, each new status, and every step on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.events import BATCH_MAX, CardsStateChangedV1, CardStatusChangedV1, CardStep
from common.ids import new_id
from issuance.cards.rules import status_of
from issuance.status.rules import Status
from issuance.status.set_status import set_many

SOURCE = "issuance"


@dataclass(frozen=True, slots=True)
class Change:
    """What cards have in common that changed together."""

    old_state: str
    reason: str
    place: str
    at: datetime


async def tell_one(tx: AsyncConnection, card: RowMapping, change: Change) -> None:
    """Tell of one card's change; `card` is its row after it."""
    await _tell_status(tx, [card], change)
    event = CardsStateChangedV1(changed_at=change.at, steps=(_step(card, change),))
    subject = f"card:{card['card_id']}"
    await outbox.publish(tx, event, source=SOURCE, subject=subject, sequence=card["version"])


async def tell_many(tx: AsyncConnection, cards: Sequence[RowMapping], change: Change) -> None:
    """Tell of cards that were all in `change.old_state` and have come to one new state."""
    await _tell_status(tx, cards, change)
    await tell_steps(tx, cards, change)


async def tell_steps(tx: AsyncConnection, cards: Sequence[RowMapping], change: Change) -> None:
    """Tell only those who follow a card's way; an empty place is each card's own region."""
    steps = [_step(card, change) for card in cards]
    events = [
        CardsStateChangedV1(changed_at=change.at, steps=tuple(steps[first : first + BATCH_MAX]))
        for first in range(0, len(steps), BATCH_MAX)
    ]
    if events:
        told = [(event, f"cards:{new_id()}", 0) for event in events]
        await outbox.publish_all(tx, told, source=SOURCE)


async def _tell_status(tx: AsyncConnection, cards: Sequence[RowMapping], change: Change) -> None:
    """Bring signed cards' new status to the status list and to redemption."""
    news = [(card, status) for card in cards if (status := _news(card, change.old_state))]
    if not news:
        return
    status = news[0][1]
    places = [(card["list_number"], card["status_index"]) for card, _ in news]
    await set_many(tx, places, status)
    told = [
        (
            CardStatusChangedV1(
                card_id=card["card_id"],
                household_id=card["household_id"],
                status=status,
                reason=change.reason,
                changed_at=change.at,
            ),
            f"card:{card['card_id']}",
            card["version"],
        )
        for card, _ in news
    ]
    await outbox.publish_all(tx, told, source=SOURCE)


def _news(card: RowMapping, old_state: str) -> Status | None:
    """Return the status that verifiers must hear of, or None where they know it."""
    if card["list_number"] is None or status_of(card["state"]) == status_of(old_state):
        return None
    return status_of(card["state"])


def _step(card: RowMapping, change: Change) -> CardStep:
    return CardStep(
        card_id=card["card_id"],
        household_id=card["household_id"],
        region_code=change.place or card["region_code"],
        version=card["version"],
        state=card["state"],
        reason=change.reason,
    )

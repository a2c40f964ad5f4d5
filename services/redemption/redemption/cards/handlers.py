"""What this service does when it hears of keys and cards."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import (
    CardsIssuedV1,
    CardStatusChangedV1,
    Envelope,
    HouseholdChangedV1,
    IssuedCard,
    SigningKeyPublishedV1,
)
from common.sealed import Sealer
from common.worker import Handlers
from redemption.cards import queries
from redemption.cards.printed_name import seal_name
from redemption.settings import Settings


def handlers(settings: Settings) -> Handlers:
    """Return the handlers of events about cards."""
    own = Sealer(settings.sealing_key.get_secret_value())
    events = Sealer(settings.event_sealing_key.get_secret_value())

    def row_of(card: IssuedCard) -> dict[str, object]:
        opened = events.open_json(card.sealed, f"card:{card.card_id}")
        return {
            "card_id": card.card_id,
            "household_id": card.household_id,
            "region_code": card.region_code,
            "kid": card.kid,
            "issued_at": card.issued_at,
            "expires_at": card.expires_at,
            "printed_name": seal_name(own, card.card_id, opened["printed_name"]),
        }

    async def on_cards_issued(
        tx: AsyncConnection, event: CardsIssuedV1, _envelope: Envelope
    ) -> None:
        """Know the cards; those of today wait until they were handed over."""
        if not event.cards:
            return
        rows = [row_of(card) for card in event.cards]
        await queries.add_cards(tx, rows)
        if not event.counts_at_once:
            await queries.add_waiting(tx, rows)

    return {
        SigningKeyPublishedV1: on_signing_key_published,
        CardsIssuedV1: on_cards_issued,
        CardStatusChangedV1: on_card_status_changed,
        HouseholdChangedV1: on_household_changed,
    }


async def on_household_changed(
    tx: AsyncConnection, event: HouseholdChangedV1, envelope: Envelope
) -> None:
    """Let the cards of a family count where it lives now."""
    await queries.set_region(
        tx,
        {
            "household_id": event.household_id,
            "region_code": event.region_code,
            "sequence": envelope.sequence,
            "changed_at": event.changed_at,
        },
    )


async def on_signing_key_published(
    tx: AsyncConnection, event: SigningKeyPublishedV1, envelope: Envelope
) -> None:
    """Trust a key within its dates, or learn that it is not to be trusted any more."""
    await queries.set_key(
        tx,
        {
            "kid": event.kid,
            "public_key": bytes.fromhex(event.public_key),
            "algorithm": event.algorithm,
            "state": event.state,
            "not_before": event.not_before,
            "sign_until": event.sign_until,
            "verify_until": event.verify_until,
            "sequence": envelope.sequence,
        },
    )


async def on_card_status_changed(
    tx: AsyncConnection, event: CardStatusChangedV1, envelope: Envelope
) -> None:
    """Note a card's status; what is older than what is known is ignored."""
    await queries.set_status(
        tx,
        {
            "card_id": event.card_id,
            "status": event.status,
            "sequence": envelope.sequence,
            "changed_at": event.changed_at,
        },
    )

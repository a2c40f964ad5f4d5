"""What this service does when a family has chosen a PIN."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import CardPinSetV1, Envelope
from common.sealed import Sealer
from common.sealed_to import Opener
from common.worker import Handlers
from redemption.pins import queries
from redemption.pins.rules import ATTEMPTS, is_kept_form
from redemption.pins.verify import hash_context
from redemption.settings import Settings


class PinUnreadable(Exception):
    """The message cannot be taken: no private key here, or not a hash that is used."""


def handlers(settings: Settings) -> Handlers:
    """Return the handlers of events about PINs."""
    own = Sealer(settings.sealing_key.get_secret_value())
    key = settings.pin_private_key
    opener = Opener(key.get_secret_value()) if key else None

    async def on_pin_set(tx: AsyncConnection, event: CardPinSetV1, envelope: Envelope) -> None:
        """Keep the newest PIN of a card, with all its attempts."""
        if opener is None:
            raise PinUnreadable("PIN_PRIVATE_KEY was not given")
        opened = opener.open_json(event.sealed, f"card_pin:{event.card_id}")
        kept = str(opened.get("argon2id"))
        if not is_kept_form(kept):
            raise PinUnreadable("not an argon2id hash of an allowed cost")
        await tx.execute(
            queries.SET_PIN,
            {
                "card_id": event.card_id,
                "household_id": event.household_id,
                "sealed_hash": own.seal_text(kept, hash_context(event.card_id)),
                "set_at": event.set_at,
                "sequence": envelope.sequence,
                "attempts_left": ATTEMPTS,
                "locked_at": None,
            },
        )

    return {CardPinSetV1: on_pin_set}

"""The worker's loop that signs orders as they come."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from common.sealed import Sealer
from issuance.cards.sign import CardSigner, sign_batch
from issuance.settings import Settings
from issuance.signing.open_signer import KeyRoom, NoSigningKey

IDLE_POLL_S = 0.25
NO_KEY_WAIT_S = 5.0

log = structlog.get_logger()


def card_signer(settings: Settings) -> CardSigner:
    """Return what signs cards; raises NoSigningKey in a process without the master key."""
    return CardSigner(
        KeyRoom(settings),
        sealer=Sealer(settings.sealing_key.get_secret_value()),
        event_sealer=Sealer(settings.event_sealing_key.get_secret_value()),
        status_list_address=settings.status_list_address,
        card_valid_years=settings.card_valid_years,
    )


def sign_orders(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that signs whatever is ordered, a batch at a time."""
    tools = card_signer(settings)

    async def forever(engine: AsyncEngine) -> None:
        while True:
            wait_s = IDLE_POLL_S
            try:
                signed = await in_transaction(
                    engine, lambda tx: sign_batch(tx, tools, clock.utc_now())
                )
                wait_s = 0.0 if signed else IDLE_POLL_S
            except NoSigningKey as error:
                log.warning("orders wait for a key", reason=str(error))
                wait_s = NO_KEY_WAIT_S
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("signing waits for the database", error=type(error).__name__)
                wait_s = NO_KEY_WAIT_S
            await asyncio.sleep(wait_s)

    return forever

"""The signer's loop that answers requests for signatures."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from issuance.settings import Settings
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.signing.sign_requests import sign_waiting

IDLE_POLL_S = 0.5
NO_KEY_WAIT_S = 5.0

log = structlog.get_logger()


def sign_requests(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that signs what was asked for, within a second."""
    room = KeyRoom(settings)

    async def forever(engine: AsyncEngine) -> None:
        while True:
            wait_s = IDLE_POLL_S
            try:
                if await in_transaction(engine, lambda tx: sign_waiting(tx, room, clock.utc_now())):
                    wait_s = 0.0
            except NoSigningKey as error:
                log.warning("requests wait for a key", reason=str(error))
                wait_s = NO_KEY_WAIT_S
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("requests wait for the database", error=type(error).__name__)
                wait_s = NO_KEY_WAIT_S
            await asyncio.sleep(wait_s)

    return forever

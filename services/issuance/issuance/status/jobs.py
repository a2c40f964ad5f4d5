"""The signer's loop that keeps what is published of the cards' status true."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from issuance.settings import Settings
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.status.publish import publish

LOOK_EVERY_S = 1.0

log = structlog.get_logger()


def publish_status_lists(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that tells of a change, in a delta or a whole list, within two seconds."""
    keys, address = KeyRoom(settings), settings.status_list_address

    async def forever(engine: AsyncEngine) -> None:
        while True:
            try:
                await in_transaction(engine, lambda tx: publish(tx, keys, address, clock.utc_now()))
            except NoSigningKey as error:
                log.warning("status lists wait for a key", reason=str(error))
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("status lists wait for the database", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    return forever

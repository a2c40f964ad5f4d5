"""The worker's loop that keeps the published status lists true."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from issuance.settings import Settings
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.status.publish import publish_lists

LOOK_EVERY_S = 2.0

log = structlog.get_logger()


def publish_status_lists(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that publishes a list within seconds of a change."""
    keys, address = KeyRoom(settings), settings.status_list_address

    async def forever(engine: AsyncEngine) -> None:
        while True:
            try:
                await in_transaction(
                    engine, lambda tx: publish_lists(tx, keys, address, clock.utc_now())
                )
            except NoSigningKey as error:
                log.warning("status lists wait for a key", reason=str(error))
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("status lists wait for the database", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    return forever

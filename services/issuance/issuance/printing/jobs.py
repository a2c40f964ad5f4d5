"""The worker's loop that makes print files."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import is_database_away
from common.sealed import Sealer
from issuance.printing.make_file import make_next_file
from issuance.settings import Settings

IDLE_POLL_S = 0.5
AWAY_WAIT_S = 5.0

log = structlog.get_logger()


def make_print_files(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that makes the files that people asked for, oldest first."""
    sealer = Sealer(settings.sealing_key.get_secret_value())

    async def forever(engine: AsyncEngine) -> None:
        while True:
            wait_s = IDLE_POLL_S
            try:
                made = await make_next_file(engine, sealer)
                if made:
                    log.info("print file made", batch_id=str(made))
                    wait_s = 0.0
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("print files wait for the database", error=type(error).__name__)
                wait_s = AWAY_WAIT_S
            await asyncio.sleep(wait_s)

    return forever

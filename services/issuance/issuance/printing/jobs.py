"""The worker's loops that make print files."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import is_database_away
from common.sealed import Sealer
from issuance.printing.make_deliveries import make_next_delivery
from issuance.printing.make_sheets import make_all_files
from issuance.printing.release import sweep_strays
from issuance.settings import Settings

IDLE_POLL_S = 0.5
AWAY_WAIT_S = 5.0

log = structlog.get_logger()

Job = Callable[[AsyncEngine], Coroutine[Any, Any, None]]


def print_jobs(settings: Settings) -> list[Job]:
    """Return the loops: sheets, deliveries for a bureau, and cards that were left behind."""
    sealer = Sealer(settings.sealing_key.get_secret_value())
    return [
        _forever(lambda engine: make_all_files(engine, sealer)),
        _forever(lambda engine: make_next_delivery(engine, sealer)),
        sweep_strays,
    ]


def _forever(make: Callable[[AsyncEngine], Awaitable[object]]) -> Job:
    """Make what waits, oldest first, for ever."""

    async def forever(engine: AsyncEngine) -> None:
        while True:
            wait_s = IDLE_POLL_S
            try:
                made = await make(engine)
                if made:
                    log.info("print files made", made=str(made))
                    wait_s = 0.0
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("print files wait for the database", error=type(error).__name__)
                wait_s = AWAY_WAIT_S
            await asyncio.sleep(wait_s)

    return forever

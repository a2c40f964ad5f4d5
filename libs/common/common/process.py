"""A process that runs loops until it is told to stop: what workers and signers share."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
import uvloop
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock, logs, tables
from common.database import (
    BULK_STATEMENT_TIMEOUT_S,
    EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    EVENT_LOCK_TIMEOUT_S,
    is_database_away,
    new_engine,
)
from common.settings import ServiceSettings

HEARTBEAT_EVERY_S = 2.0
# A loop may hold some transactions of its own at once.
CONNECTIONS_OF_A_LOOP = 3

log = structlog.get_logger()

Job = Callable[[AsyncEngine], Coroutine[Any, Any, None]]

BEAT = insert(tables.worker_heartbeats)
BEAT = BEAT.on_conflict_do_update(
    index_elements=["worker"],
    set_={
        "beat_at": BEAT.excluded.beat_at,
        "broker_round_trip_at": BEAT.excluded.broker_round_trip_at,
    },
)


async def for_ever(step: str, loop: Coroutine[Any, Any, None]) -> None:
    """Run a loop that must not end; a task group would not notice one cancelled from inside."""
    try:
        await loop
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RuntimeError(f"{step}: cancelled from inside") from None
    raise RuntimeError(f"{step}: ended")


async def beat_forever(engine: AsyncEngine, name: str) -> None:
    """Write every few seconds that this process runs, where /readyz reads it."""
    while True:
        beat = {"worker": name, "beat_at": clock.utc_now(), "broker_round_trip_at": None}
        try:
            async with engine.begin() as tx:
                await tx.execute(BEAT, beat)
        except Exception as error:
            if not is_database_away(error):
                raise
        await asyncio.sleep(HEARTBEAT_EVERY_S)


async def run_loops(settings: ServiceSettings, name: str, jobs: Mapping[str, Job]) -> None:
    """Run named loops and a heartbeat until cancelled; one that fails ends the process.

    There is no HTTP and no broker in it: what is to be done is found in the database.
    """
    engine = new_engine(
        settings.database_url,
        application_name=f"{settings.service} {name}",
        pool_size=1 + CONNECTIONS_OF_A_LOOP * len(jobs),
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        lock_timeout_s=EVENT_LOCK_TIMEOUT_S,
        idle_in_transaction_timeout_s=EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(for_ever("heartbeat", beat_forever(engine, name)))
            for step, job in jobs.items():
                group.create_task(for_ever(step, job(engine)))
            log.info(f"{name} ready")
    finally:
        await engine.dispose()


def run_until_told(settings: ServiceSettings, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run until SIGTERM or Ctrl-C, then close everything in order; exit 1 when it ends itself."""
    logs.configure(settings.service, settings.log_level)

    async def until_told() -> bool:
        task = asyncio.ensure_future(run())
        told = asyncio.Event()

        def stop() -> None:
            told.set()
            task.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        try:
            await task
        except asyncio.CancelledError:
            return told.is_set()
        except Exception:
            # Logged here, because Python's own last words would show the texts of the errors.
            log.exception("process ended")
        return told.is_set()

    if not uvloop.run(until_told()):
        raise SystemExit(1)

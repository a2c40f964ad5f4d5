"""The event process of a service: relay, consumers, heartbeat and housekeeping together."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
import uvloop
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, clock, dead_letters, inbox, logs, outbox, tables
from common.broker import Broker, dead_queue_of
from common.broker_errors import BrokerUnavailable
from common.database import BULK_STATEMENT_TIMEOUT_S, in_transaction, is_database_away, new_engine
from common.events import Envelope, Event
from common.settings import ServiceSettings

HANDLE_TRIES_MAX = 5
RETRY_BASE_S = 0.1
AWAY_WAIT_S = 1.0
HEARTBEAT_EVERY_S = 2.0
HOUSEKEEPING_EVERY_S = 600.0
AUDIT_EVERY_S = 5.0
CONNECT_WAIT_MAX_S = 5.0

log = structlog.get_logger()

Handler = Callable[[AsyncConnection, Any, Envelope], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]


async def deliver(engine: AsyncEngine, handlers: Handlers, body: bytes) -> bool:
    """Give one message its effect, exactly once. True: done; False: it can't be, park it.

    The inbox row and the effect share a transaction, so a message that comes twice, or whose
    acknowledgement is lost, has one effect. A database that is away is waited for: parking good
    messages because PostgreSQL restarts would turn an outage into an accident.
    """
    try:
        envelope = Envelope.model_validate_json(body)
        event = envelope.event()
    except ValidationError as error:
        log.error("unreadable message parked", errors=error.error_count())
        return False
    handler = handlers.get(type(event)) if event is not None else None
    if event is None or handler is None:
        log.error("unknown event parked", event_id=envelope.id, event_type=envelope.type)
        return False
    tries = 0
    while True:
        try:
            await in_transaction(engine, lambda tx: _handle(tx, handler, event, envelope))
        except Exception as error:  # noqa: BLE001 - a handler may fail in any way
            if is_database_away(error):
                await asyncio.sleep(AWAY_WAIT_S)
                continue
            tries += 1
            log.warning(
                "event not handled",
                event_id=envelope.id,
                event_type=envelope.type,
                attempt=tries,
                error=type(error).__name__,
            )
            if tries == HANDLE_TRIES_MAX:
                return False
            await asyncio.sleep(RETRY_BASE_S * 2**tries)
        else:
            return True


async def _handle(tx: AsyncConnection, handler: Handler, event: Event, envelope: Envelope) -> None:
    if await inbox.admit(tx, envelope):
        await handler(tx, event, envelope)


BEAT = insert(tables.worker_heartbeats)
BEAT = BEAT.on_conflict_do_update(
    index_elements=["worker"],
    set_={
        "beat_at": BEAT.excluded.beat_at,
        "broker_round_trip_at": BEAT.excluded.broker_round_trip_at,
    },
)


async def heartbeat_forever(engine: AsyncEngine, broker: Broker) -> None:
    """Prove every few seconds that RabbitMQ answers, and write it where /readyz reads it."""
    answered_at = None
    while True:
        try:
            await broker.round_trip()
            answered_at = clock.utc_now()
        except BrokerUnavailable as error:
            log.warning("broker does not answer", reason=str(error))
        beat = {"worker": "events", "beat_at": clock.utc_now(), "broker_round_trip_at": answered_at}
        try:
            async with engine.begin() as tx:
                await tx.execute(BEAT, beat)
        except Exception as error:
            if not is_database_away(error):
                raise
        await asyncio.sleep(HEARTBEAT_EVERY_S)


async def every(
    seconds: float, engine: AsyncEngine, act: Callable[[AsyncConnection], Awaitable[object]]
) -> None:
    """Do a small piece of housekeeping in its own transaction, for ever."""
    while True:
        try:
            await in_transaction(engine, act)
        except Exception as error:
            if not is_database_away(error):
                raise
        await asyncio.sleep(seconds)


async def connect_when_there(amqp_url: str, service: str) -> Broker:
    """Return a connected broker, waiting as long as RabbitMQ takes to start."""
    wait_s = 0.5
    while True:
        try:
            return await Broker.connect(amqp_url, service)
        except BrokerUnavailable as error:
            log.warning("waiting for the broker", reason=str(error))
            await asyncio.sleep(wait_s)
            wait_s = min(CONNECT_WAIT_MAX_S, wait_s * 2)


async def run(
    settings: ServiceSettings,
    handlers: Handlers,
    jobs: Sequence[Callable[[AsyncEngine], Coroutine[Any, Any, None]]] = (),
) -> None:
    """Run until cancelled. A task that fails ends the process; the supervisor starts it anew.

    `jobs` are the service's own long-running loops; they get an engine without the short
    statement limit of a request.
    """
    engine = new_engine(
        settings.database_url,
        application_name=f"{settings.service} worker",
        pool_size=4,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    broker = await connect_when_there(settings.amqp_url, settings.service)
    try:
        await broker.declare(kind.event_type for kind in handlers)
        async with asyncio.TaskGroup() as group:
            group.create_task(outbox.relay_forever(engine, broker.send))
            group.create_task(
                broker.consume(settings.service, lambda body: deliver(engine, handlers, body))
            )
            group.create_task(
                broker.consume(
                    dead_queue_of(settings.service), lambda body: dead_letters.park(engine, body)
                )
            )
            group.create_task(heartbeat_forever(engine, broker))
            group.create_task(every(HOUSEKEEPING_EVERY_S, engine, outbox.prune))
            group.create_task(every(AUDIT_EVERY_S, engine, audit.extend_chain))
            for job in jobs:
                group.create_task(job(engine))
            log.info("worker ready")
    finally:
        await broker.close()
        await engine.dispose()


def main(
    settings: ServiceSettings,
    handlers: Handlers,
    jobs: Sequence[Callable[[AsyncEngine], Coroutine[Any, Any, None]]] = (),
) -> None:
    """Run the worker until SIGTERM or Ctrl-C, then close everything in order."""
    logs.configure(settings.service, settings.log_level)

    async def until_told() -> None:
        task = asyncio.ensure_future(run(settings, handlers, jobs))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    uvloop.run(until_told())

"""The event process of a service: relay, consumers, heartbeat and housekeeping together."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, audit_checkpoint, clock, dead_letters, outbox
from common.broker import Broker, dead_queue_of
from common.broker_errors import BrokerUnavailable
from common.database import (
    BULK_STATEMENT_TIMEOUT_S,
    EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    EVENT_LOCK_TIMEOUT_S,
    EVENT_STATEMENT_TIMEOUT_S,
    in_transaction,
    is_database_away,
    new_engine,
)
from common.delivery import Handlers, deliver, in_short, receive
from common.process import BEAT, HEARTBEAT_EVERY_S, Job, for_ever, run_until_told
from common.sealed import Sealer
from common.settings import ServiceSettings

# So many silent rounds in a row (each waits for its own timeout) before the connection is doubted.
SILENT_ROUNDS_MAX = 4
HOUSEKEEPING_EVERY_S = 600.0
AUDIT_EVERY_S = 5.0
CONNECT_WAIT_MAX_S = 5.0
EVENTS_POOL_SIZE = 6

__all__ = ["Handlers", "Job", "deliver", "main", "run"]

log = structlog.get_logger()


class StuckConnection(Exception):
    """Our connection to RabbitMQ does not come back although a new one would."""


async def heartbeat_forever(engine: AsyncEngine, broker: Broker) -> None:
    """Prove every few seconds that RabbitMQ answers, and write it where /readyz reads it.

    Raises StuckConnection when RabbitMQ answers others and not us: a new process gets through.
    """
    answered_at, silent_rounds = None, 0
    while True:
        try:
            await broker.round_trip()
            answered_at, silent_rounds = clock.utc_now(), 0
        except BrokerUnavailable as error:
            log.warning("broker does not answer", reason=str(error))
            silent_rounds += 1
            if silent_rounds >= SILENT_ROUNDS_MAX and await broker.is_stuck():
                raise StuckConnection from error
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
    """Do a small piece of housekeeping in its own transaction, for ever.

    One that fails is reported and tried again: sweeping must not stop the post.
    """
    while True:
        try:
            await in_transaction(engine, act)
        except Exception as error:  # noqa: BLE001 - whatever it is, events go on
            if not is_database_away(error):
                log.error("housekeeping failed", step=act.__name__, reason=in_short(error))
        await asyncio.sleep(seconds)


async def declare_when_possible(broker: Broker, event_types: Sequence[str]) -> None:
    """Make the service's queues, waiting for a broker that went away again."""
    while True:
        try:
            await broker.declare(event_types)
        except BrokerUnavailable as error:
            log.warning("queues not declared", reason=str(error))
            await asyncio.sleep(CONNECT_WAIT_MAX_S)
        else:
            return


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


async def run(settings: ServiceSettings, handlers: Handlers, jobs: Sequence[Job] = ()) -> None:
    """Run until cancelled. A task that fails ends the process; the supervisor starts it anew.

    `jobs` are the service's own long-running loops; they get an engine without the short
    statement limit of a request.
    """
    name = f"{settings.service} worker"
    engine = new_engine(
        settings.database_url,
        application_name=name,
        pool_size=EVENTS_POOL_SIZE,
        statement_timeout_s=EVENT_STATEMENT_TIMEOUT_S,
        lock_timeout_s=EVENT_LOCK_TIMEOUT_S,
        idle_in_transaction_timeout_s=EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    )
    bulk_engine = new_engine(
        settings.database_url,
        application_name=f"{name} jobs",
        pool_size=max(1, len(jobs)) * 2,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        lock_timeout_s=EVENT_LOCK_TIMEOUT_S,
        idle_in_transaction_timeout_s=EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    )
    try:
        broker = await connect_when_there(settings.amqp_url, settings.service)
        try:
            await declare_when_possible(broker, [kind.event_type for kind in handlers])
            async with asyncio.TaskGroup() as group:
                for step, loop in _loops(settings, engine, broker, handlers).items():
                    group.create_task(for_ever(step, loop))
                for job in jobs:
                    group.create_task(job(bulk_engine))
                log.info("worker ready")
        finally:
            await broker.close()
    finally:
        await engine.dispose()
        await bulk_engine.dispose()


def _loops(
    settings: ServiceSettings, engine: AsyncEngine, broker: Broker, handlers: Handlers
) -> dict[str, Coroutine[Any, Any, None]]:
    service = settings.service
    sealer = Sealer(settings.sealing_key.get_secret_value())

    async def write_checkpoint(tx: AsyncConnection) -> None:
        await audit_checkpoint.write_checkpoint(tx, service, sealer)

    return {
        "relay": outbox.relay_forever(engine, broker.send),
        "events": broker.consume(service, lambda body: receive(engine, handlers, body)),
        # Handler errors are parked at once: here arrive only messages that killed their consumer.
        "dead letters": broker.consume(
            dead_queue_of(service), lambda body: dead_letters.park(engine, body, "consumer died")
        ),
        "heartbeat": heartbeat_forever(engine, broker),
        "outbox pruning": every(HOUSEKEEPING_EVERY_S, engine, outbox.prune),
        "audit chain": every(AUDIT_EVERY_S, engine, audit.extend_chain),
        "audit checkpoint": every(HOUSEKEEPING_EVERY_S, engine, write_checkpoint),
    }


def main(settings: ServiceSettings, handlers: Handlers, jobs: Sequence[Job] = ()) -> None:
    """Run the worker until SIGTERM or Ctrl-C, then close everything in order."""
    run_until_told(settings, lambda: run(settings, handlers, jobs))

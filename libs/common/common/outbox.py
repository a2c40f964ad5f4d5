"""Telling the others: events written in the transaction of their change, then relayed in order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock, events, ids, tables
from common.broker_errors import BrokerUnavailable, NotTaken
from common.database import is_database_away

BATCH_SIZE = 200
FAILED_SHARE = 50
IN_FLIGHT_MAX = 50
IDLE_POLL_S = 0.2
BACKOFF_MAX_S = 5.0
KEEP_SENT_DAYS = 7
# A batch waits for confirms inside its transaction, longer than a request may, but not for ever:
# after BATCH_MAX_S no further event of it is begun.
BATCH_MAX_S = 10.0
RELAY_TRANSACTION_TIMEOUT_S = 60
# One relay at a time keeps the order of a subject; the others wait their turn.
RELAY_LOCK = 620_002

log = structlog.get_logger()

Send = Callable[[str, str, str], Awaitable[None]]  # event id, event type, envelope as JSON

INSERT = insert(tables.outbox).values(
    event_id=bindparam("event_id"),
    event_type=bindparam("event_type"),
    subject=bindparam("subject"),
    envelope=bindparam("envelope"),
)
# New events in order, but none of a subject with an event that failed: order before speed; and
# beside them, as a share of their own so that they starve nobody, the failed ones that are due.
SELECT_UNSENT = text("""
    (SELECT o.event_id, o.event_type, o.subject, o.envelope, o.attempts, o.position FROM outbox o
     WHERE o.published_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM outbox failed
        WHERE failed.subject = o.subject AND failed.published_at IS NULL AND failed.attempts > 0)
     ORDER BY o.position LIMIT :batch_size)
    UNION ALL
    (SELECT o.event_id, o.event_type, o.subject, o.envelope, o.attempts, o.position FROM outbox o
     WHERE o.published_at IS NULL AND o.attempts > 0 AND o.next_attempt_at <= clock_timestamp()
     ORDER BY o.next_attempt_at LIMIT :failed_size)
""").bindparams(batch_size=BATCH_SIZE, failed_size=FAILED_SHARE)
# One round trip: who may relay now, with the time that waiting for confirms takes.
BEGIN_RELAY = text("""
    SELECT pg_try_advisory_xact_lock(:relay_lock),
           set_config('idle_in_transaction_session_timeout', :timeout, true)
""").bindparams(relay_lock=RELAY_LOCK, timeout=f"{RELAY_TRANSACTION_TIMEOUT_S}s")
MARK_SENT = (
    update(tables.outbox)
    .where(tables.outbox.c.event_id == any_(bindparam("sent_ids", type_=ARRAY(Uuid))))
    .values(published_at=func.clock_timestamp())
)
MARK_FAILED = (
    update(tables.outbox)
    .where(tables.outbox.c.event_id == bindparam("failed_id"))
    .values(
        attempts=tables.outbox.c.attempts + 1,
        next_attempt_at=func.clock_timestamp()
        + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("wait_s")),
    )
)
OLDEST_UNSENT_AGE_S = select(
    func.coalesce(
        func.extract("epoch", func.clock_timestamp() - func.min(tables.outbox.c.created_at)), 0
    )
).where(tables.outbox.c.published_at.is_(None))
PRUNE = delete(tables.outbox).where(
    tables.outbox.c.published_at < func.now() - text(f"interval '{KEEP_SENT_DAYS} days'")
)


@dataclass(frozen=True, slots=True)
class Unsent:
    event_id: UUID
    event_type: str
    envelope: str
    attempts: int


@dataclass(slots=True)
class Batch:
    """What became of the events of one round."""

    sent: list[Unsent] = field(default_factory=list)
    failed: list[Unsent] = field(default_factory=list)
    # Set when RabbitMQ does not answer: nothing further is begun.
    is_broker_silent: bool = False


async def publish(
    tx: AsyncConnection, event: events.Event, *, source: str, subject: str, sequence: int = 0
) -> None:
    """Write an event to be sent once this transaction has committed.

    `subject` is the aggregate whose events keep their order, `sequence` its version after the
    change, `source` the service that says it.
    """
    await publish_all(tx, [(event, subject, sequence)], source=source)


async def publish_all(
    tx: AsyncConnection, batch: Sequence[tuple[events.Event, str, int]], *, source: str
) -> None:
    """Write several events, each with its subject and sequence, in this order."""
    # Executed one after the other in one round trip: a multi-row insert promises no order.
    await tx.execute(INSERT, [row_of(*one, source=source) for one in batch])


def row_of(event: events.Event, subject: str, sequence: int, *, source: str) -> dict[str, Any]:
    """Return what publish writes of an event, for a statement that writes it with its cause."""
    envelope = events.enclose(
        event,
        event_id=ids.new_id(),
        source=source,
        subject=subject,
        sequence=sequence,
        time=clock.utc_now(),
    )
    return {
        "event_id": envelope.id,
        "event_type": envelope.type,
        "subject": subject,
        "envelope": envelope.model_dump_json(),
    }


async def relay_once(engine: AsyncEngine, send: Send) -> tuple[int, int]:
    """Send what waits, each subject in order; return how many were sent and how many failed."""
    batch = await _relay(engine, send)
    return len(batch.sent), len(batch.failed)


async def _relay(engine: AsyncEngine, send: Send) -> Batch:
    batch = Batch()
    async with engine.begin() as tx:
        is_mine, _ = (await tx.execute(BEGIN_RELAY)).one()
        if not is_mine:
            return batch
        by_subject: dict[str, list[Unsent]] = defaultdict(list)
        for row in await tx.execute(SELECT_UNSENT):
            by_subject[row.subject].append(
                Unsent(row.event_id, row.event_type, row.envelope, row.attempts)
            )
        await _send_all(by_subject.values(), send, batch)
        if batch.sent:
            await tx.execute(MARK_SENT, {"sent_ids": [event.event_id for event in batch.sent]})
        if batch.failed:
            await tx.execute(
                MARK_FAILED,
                [
                    {"failed_id": event.event_id, "wait_s": backoff_s(event.attempts)}
                    for event in batch.failed
                ],
            )
    return batch


def backoff_s(attempts: int) -> float:
    """Return how long to wait after this many failed attempts."""
    return float(min(BACKOFF_MAX_S, 0.2 * 2 ** min(attempts, 10)))


async def _send_all(chains: Iterable[list[Unsent]], send: Send, batch: Batch) -> None:
    limit = asyncio.Semaphore(IN_FLIGHT_MAX)
    clock_now = asyncio.get_running_loop().time
    ends_at = clock_now() + BATCH_MAX_S

    async def send_in_order(chain: list[Unsent]) -> None:
        """Send one subject's events; stop at the first that fails, so that none overtakes it."""
        async with limit:
            for event in chain:
                if batch.is_broker_silent or clock_now() > ends_at:
                    return
                try:
                    await send(str(event.event_id), event.event_type, event.envelope)
                except BrokerUnavailable as error:
                    # One that no queue takes holds back its subject; a silent broker, everything.
                    batch.is_broker_silent |= not isinstance(error, NotTaken)
                    batch.failed.append(event)
                    log.warning(
                        "event not sent",
                        event_id=str(event.event_id),
                        event_type=event.event_type,
                        reason=str(error),
                    )
                    return
                batch.sent.append(event)

    async with asyncio.TaskGroup() as group:
        for chain in chains:
            group.create_task(send_in_order(chain))


async def relay_forever(engine: AsyncEngine, send: Send) -> None:
    """Relay until cancelled. A broker or database that is away is waited for, not died of."""
    pause_s = IDLE_POLL_S
    while True:
        try:
            batch = await _relay(engine, send)
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("relay waits for the database", error=type(error).__name__)
            pause_s = min(BACKOFF_MAX_S, pause_s * 2)
        else:
            if batch.is_broker_silent and not batch.sent:
                pause_s = min(BACKOFF_MAX_S, pause_s * 2)
            else:
                pause_s = IDLE_POLL_S
            if batch.sent and not batch.failed:
                continue
        await asyncio.sleep(pause_s)


async def oldest_unsent_age_s(tx: AsyncConnection) -> float:
    """Return the age in seconds of the oldest event not yet sent; 0 when all are."""
    return float(await tx.scalar(OLDEST_UNSENT_AGE_S) or 0)


async def prune(tx: AsyncConnection) -> None:
    """Forget events that were confirmed more than KEEP_SENT_DAYS ago."""
    await tx.execute(PRUNE)

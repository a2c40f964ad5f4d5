"""What several tests of the common library say and wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import events, ids, outbox
from common.broker_errors import BrokerUnavailable, NotTaken
from common.delivery import Handlers

EFFECTS = "CREATE TABLE IF NOT EXISTS effects (event_id text, subject text, sequence bigint)"
ADD_EFFECT = text("INSERT INTO effects VALUES (:event_id, :subject, :sequence)")


def a_change(reason: str = "lost") -> events.CardStatusChangedV1:
    return events.CardStatusChangedV1(
        card_id="0123456789abcdef",
        household_id=ids.new_id(),
        status="suspended",
        reason=reason,
        changed_at=datetime.now(UTC),
    )


def an_envelope(subject: str = "", sequence: int = 1, **changes: Any) -> events.Envelope:
    envelope = events.enclose(
        a_change(),
        event_id=ids.new_id(),
        source="issuance",
        subject=subject or str(ids.new_id()),
        sequence=sequence,
        time=datetime.now(UTC),
    )
    return envelope.model_copy(update=changes)


async def write_events(engine: AsyncEngine, *subjects: str) -> None:
    """Put one event a subject into the outbox, in this order, numbered within the subject."""
    seen: dict[str, int] = {}
    batch = []
    for subject in subjects:
        seen[subject] = seen.get(subject, 0) + 1
        batch.append((a_change(), subject, seen[subject]))
    async with engine.begin() as tx:
        await outbox.publish_all(tx, batch, source="issuance")


async def unsent(engine: AsyncEngine) -> int:
    return int(await scalar(engine, "SELECT count(*) FROM outbox WHERE published_at IS NULL"))


async def scalar(engine: AsyncEngine, sql: str, **values: Any) -> Any:
    async with engine.connect() as connection:
        return await connection.scalar(text(sql), values)


async def run(engine: AsyncEngine, *statements: str) -> None:
    async with engine.begin() as tx:
        for statement in statements:
            await tx.execute(text(statement))


async def until(
    holds: Callable[[], Awaitable[Any]], within_s: float = 60.0, every_s: float = 0.02
) -> None:
    """Wait for a condition; TimeoutError names the last answer."""
    ends_at = time.monotonic() + within_s
    while not (answer := await holds()):
        if time.monotonic() > ends_at:
            raise TimeoutError(f"still {answer!r} after {within_s} s")
        await asyncio.sleep(every_s)


async def effects_of(engine: AsyncEngine) -> int:
    return int(await scalar(engine, "SELECT count(*) FROM effects"))


async def note_effect(tx: AsyncConnection, _event: events.Event, envelope: events.Envelope) -> None:
    """A handler whose effect can be counted."""
    await tx.execute(
        ADD_EFFECT,
        {"event_id": envelope.id, "subject": envelope.subject, "sequence": envelope.sequence},
    )


HANDLERS: Handlers = {events.CardStatusChangedV1: note_effect}


class Recorder:
    """Stands where the broker is: writes down what is sent and refuses what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.refuses: set[str] = set()
        self.is_away = False
        self.calls = 0

    async def send(self, _event_id: str, _event_type: str, envelope: str) -> None:
        self.calls += 1
        read = events.Envelope.model_validate_json(envelope)
        await asyncio.sleep(0)
        if self.is_away:
            raise BrokerUnavailable("away")
        if read.subject in self.refuses:
            raise NotTaken("no queue")
        self.sent.append((read.subject, read.sequence))

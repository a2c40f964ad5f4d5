"""One message and its effect: exactly once, tried again while there is hope, parked when not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import dead_letters, inbox
from common.database import answers, in_transaction, is_database_away, sqlstate_of
from common.events import Envelope, Event

HANDLE_TRIES_MAX = 5
RETRY_BASE_S = 0.1
AWAY_WAIT_S = 1.0

log = structlog.get_logger()

Handler = Callable[[AsyncConnection, Any, Envelope], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]


async def deliver(engine: AsyncEngine, handlers: Handlers, body: bytes) -> bool:
    """Give one message its effect, exactly once. True: done; False: it can't be, park it."""
    return await handle(engine, handlers, body) is None


async def handle(engine: AsyncEngine, handlers: Handlers, body: bytes) -> str | None:
    """Give one message its effect, exactly once; return why it can't have any, or None.

    The inbox row and the effect share a transaction, so a message that comes twice, or whose
    acknowledgement is lost, has one effect. A database that is away is waited for: parking good
    messages because PostgreSQL restarts would turn an outage into an accident.
    """
    try:
        envelope = Envelope.model_validate_json(body)
        event = envelope.event()
    except ValidationError:
        return "unreadable"
    if event is None:
        return "unknown event type"
    handler = handlers.get(type(event))
    if handler is None:
        return "no handler"
    tries = 0
    while True:
        try:
            await in_transaction(engine, lambda tx: _effect(tx, handler, event, envelope))
        except Exception as error:
            if await _must_wait(engine, error):
                log.warning("event waits for the database", event_id=envelope.id)
                await asyncio.sleep(AWAY_WAIT_S)
                continue
            tries += 1
            log.warning(
                "event not handled",
                event_id=envelope.id,
                event_type=envelope.type,
                attempt=tries,
                exc_info=error,
            )
            if tries == HANDLE_TRIES_MAX:
                return f"handler failed: {in_short(error)}"
            await asyncio.sleep(RETRY_BASE_S * 2**tries)
        else:
            return None


async def _effect(tx: AsyncConnection, handler: Handler, event: Event, envelope: Envelope) -> None:
    if await inbox.admit(tx, envelope):
        await handler(tx, event, envelope)


async def _must_wait(engine: AsyncEngine, error: BaseException) -> bool:
    """Tell an outage from a handler that only looks like one, by asking the database itself."""
    if not is_database_away(error):
        return False
    is_short_of_resources = sqlstate_of(error).startswith("53")
    return is_short_of_resources or not await answers(engine)


def in_short(error: BaseException) -> str:
    """Return what went wrong without the words of the error: they may hold personal data."""
    parts = (type(error).__name__, getattr(error, "code", None), sqlstate_of(error))
    return " ".join(str(part) for part in parts if part)


async def receive(engine: AsyncEngine, handlers: Handlers, body: bytes) -> bool:
    """Handle a message, or park it with the reason; either way it is done with."""
    reason = await handle(engine, handlers, body)
    return True if reason is None else await dead_letters.park(engine, body, reason)

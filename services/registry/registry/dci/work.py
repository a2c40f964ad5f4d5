"""What the worker does for other systems: answers, notices, deliveries."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import in_transaction, is_database_away, new_engine
from common.delivery import in_short
from common.sealed import BlindIndex, Sealer
from registry.dci import (
    answer,
    callbacks,
    envelope,
    notices,
    profiles,
    queries,
    status,
    subscriptions,
)
from registry.dci.answer import Answer
from registry.dci.callbacks import Outgoing
from registry.dci.doors import DOORS
from registry.dci.envelope import Incoming
from registry.dci.find import Tools
from registry.dci.outbound import Policy
from registry.dci.profiles import Profile
from registry.jobs.run import Job, Work, run_forever
from registry.settings import Settings

ANSWER_JOB = "exchange.answer"
CONNECTIONS = 4
STATEMENT_TIMEOUT_S = 60
IDLE_POLL_S = 1.0
NOTE_CHANGES_EVERY_S = 30.0
FORGET_EVERY_S = 3600.0
CALLS_AT_ONCE = 4

log = structlog.get_logger()

Respond = Callable[[AsyncConnection, Profile, Tools, Incoming], Awaitable[Answer]]
RESPONSES: Mapping[str, tuple[Respond, str]] = {
    "search": (answer.search_response, "search_response"),
    "subscribe": (subscriptions.subscribe_response, "subscribe_response"),
    "unsubscribe": (subscriptions.unsubscribe_response, ""),
    "txn-status": (status.status_response, ""),
}
REPLIES = {
    "search": "on-search",
    "subscribe": "on-subscribe",
    "unsubscribe": "on-unsubscribe",
    "txn-status": "txn-on-status",
}


def tools_of(settings: Settings) -> Tools:
    """Return what this process opens and finds numbers with."""
    return Tools(
        Sealer(settings.sealing_key.get_secret_value()),
        BlindIndex(settings.blind_index_key.get_secret_value()),
    )


def policy_of(settings: Settings) -> Policy:
    """Return where this site may call."""
    return Policy(private=settings.dci_private_callbacks, loopback=settings.demo)


def exchange_works(settings: Settings) -> Mapping[str, Work]:
    """Return the jobs about messages that are answered later."""
    return {ANSWER_JOB: Work(partial(answer_later, tools=tools_of(settings)))}


async def answer_later(engine: AsyncEngine, job: Job, *, tools: Tools) -> None:
    """Answer a kept message: its answer is queued in the transaction that makes it."""
    async with engine.begin() as tx:
        await job.begin(tx)
        found = await tx.execute(queries.MESSAGE, {"correlation": job.subject_id})
        row = found.mappings().one()
        profile = await profiles.of_client(tx, row["client_id"])
        if profile is not None:
            body = envelope.opened(tools.sealer, row["correlation_id"], row["body_sealed"])
            door = next(
                one
                for one in DOORS
                if (one.registry, one.action) == (row["registry"], row["action"])
            )
            incoming = Incoming(
                door,
                row["message_id"],
                row["correlation_id"],
                row["sender_uri"],
                body["message"],
                row["received_at"],
            )
            await _answer(tx, profile, tools, incoming)
        await job.finish(tx)


async def _answer(tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming) -> None:
    message = await respond(tx, profile, tools, incoming)
    outgoing = Outgoing(
        incoming.door.registry,
        REPLIES[incoming.door.action],
        "succ",
        message,
        correlation_id=incoming.correlation_id,
    )
    if incoming.sender_uri:
        await callbacks.enqueue(tx, tools.sealer, profile, incoming.sender_uri, outgoing)


async def respond(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    """Do what a message asks; keep how each of its requests ended."""
    act, key = RESPONSES[incoming.door.action]
    message = await act(tx, profile, tools, incoming)
    responses = message.get(key) if key else None
    if responses is None and "status" in message:
        reference = {"reference_id": incoming.transaction_id}
        told = {name: message[name] for name in ("timestamp", "status") if name in message}
        responses = [{**reference, **told}]
    await keep_outcome(tx, incoming, answer.outcome_of(key, responses or []))
    return message


async def keep_outcome(tx: AsyncConnection, incoming: Incoming, outcome: Answer) -> None:
    """Note how a message ended."""
    given = {"correlation": incoming.correlation_id, "new_outcome": outcome}
    await tx.execute(queries.ANSWERED, given)


def exchange_loops(
    settings: Settings,
) -> list[Callable[[AsyncEngine], Coroutine[Any, Any, None]]]:
    """Return the loops of the worker: answering and telling in one, calling out in another."""
    tools, policy = tools_of(settings), policy_of(settings)

    async def answer_and_tell(_engine: AsyncEngine) -> None:
        engine = _own_engine(settings, "exchange")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(run_forever(engine, exchange_works(settings)))
                group.create_task(_steadily(engine, partial(_notice, tools=tools)))
                group.create_task(_steadily(engine, _forget))
        finally:
            await engine.dispose()

    async def call_out(_engine: AsyncEngine) -> None:
        engine = _own_engine(settings, "callbacks")
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(CALLS_AT_ONCE):
                    group.create_task(_steadily(engine, partial(_send, tools=tools, policy=policy)))
        finally:
            await engine.dispose()

    return [answer_and_tell, call_out]


async def _send(engine: AsyncEngine, *, tools: Tools, policy: Policy) -> float:
    return 0.0 if await callbacks.send_next(engine, tools.sealer, policy) else IDLE_POLL_S


async def _forget(engine: AsyncEngine) -> float:
    await in_transaction(engine, callbacks.forget)
    return FORGET_EVERY_S


async def _notice(engine: AsyncEngine, *, tools: Tools) -> float:
    async def tell(tx: AsyncConnection) -> int:
        return await notices.tell_changes(tx, tools)

    if await in_transaction(engine, tell):
        return 0.0
    await in_transaction(engine, notices.note_changes)
    return NOTE_CHANGES_EVERY_S


async def _steadily(engine: AsyncEngine, act: Callable[[AsyncEngine], Awaitable[float]]) -> None:
    """Do something again and again, waiting as long as it says; one failure stops nothing."""
    while True:
        try:
            wait_s = await act(engine)
        except Exception as error:  # noqa: BLE001 - other systems' messages must go on
            if not is_database_away(error):
                log.error("exchange failed", reason=in_short(error))
            wait_s = IDLE_POLL_S
        await asyncio.sleep(wait_s)


def _own_engine(settings: Settings, name: str) -> AsyncEngine:
    return new_engine(
        settings.database_url,
        application_name=f"registry {name}",
        pool_size=CONNECTIONS,
        statement_timeout_s=STATEMENT_TIMEOUT_S,
    )

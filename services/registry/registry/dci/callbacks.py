"""Answers and notices on their way to other systems: queued with their cause, sent by the worker.

Sent at least once: the message id stays the same at every try, so that the receiver can tell.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2 as httpx
import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, ids
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from registry.dci import envelope, outbound, profiles, queries
from registry.dci.outbound import NotCallable, Policy
from registry.dci.profiles import Profile
from registry.dci.rules import CALLBACK_PATHS, Registry

ATTEMPTS_MAX = 8
FIRST_WAIT_S = 15
WAIT_FACTOR = 4
WAIT_MAX_S = 6 * 3600
# Longer than a call can take: a worker that died leaves it to another after this.
LEASE_S = 60
# What was sent is forgotten when it is taken; what nobody took, and what others sent, later.
CALLBACK_DAYS = 30
MESSAGE_DAYS = 365

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of ours before it is signed."""

    registry: Registry
    action: str
    status: str
    message: dict[str, Any]
    total: int = 1
    correlation_id: UUID | None = None


def address_of(sender_uri: str, action: str) -> str:
    """Return where a system takes this kind of message.

    It names either the base of its interface, or the very address of the answer.
    """
    for path in CALLBACK_PATHS.values():
        sender_uri = sender_uri.removesuffix(path)
    return sender_uri.rstrip("/") + CALLBACK_PATHS[action]


async def enqueue(
    tx: AsyncConnection, sealer: Sealer, profile: Profile, sender_uri: str, outgoing: Outgoing
) -> UUID:
    """Queue a message in the transaction that makes it necessary."""
    callback_id = ids.new_id()
    kept = {"status": outgoing.status, "total": outgoing.total, "message": outgoing.message}
    await tx.execute(
        queries.ENQUEUE,
        {
            "id": callback_id,
            "client_id": profile.client_id,
            "registry": outgoing.registry,
            "action": outgoing.action,
            "address": address_of(sender_uri, outgoing.action),
            "correlation_id": outgoing.correlation_id,
            "body_sealed": sealer.seal(json.dumps(kept).encode(), _place(callback_id)),
        },
    )
    return callback_id


async def send_next(engine: AsyncEngine, sealer: Sealer, policy: Policy) -> bool:
    """Send the message that has waited longest; return False when none is due."""
    async with engine.begin() as tx:
        found = await tx.execute(queries.CLAIM_CALLBACK, {"lease_s": LEASE_S})
        row = found.mappings().one_or_none()
        if row is None:
            return False
        profile = await profiles.of_client(tx, row["client_id"])
        body = None if profile is None else await _message(tx, sealer, profile, row)
    status, fault = None, "agreement_over"
    # No transaction is open while the other side takes its time.
    if profile is not None:
        status, fault = await _call(row["address"], body, profile, policy)
    await _note(engine, row, status, fault)
    return True


async def _message(
    tx: AsyncConnection, sealer: Sealer, profile: Profile, row: RowMapping
) -> dict[str, Any]:
    kept = json.loads(sealer.open(row["body_sealed"], _place(row["id"])))
    header = envelope.header_of(
        row["action"],
        receiver=profile.sender_id,
        status=kept["status"],
        total=kept["total"],
        message_id=str(row["id"]),
    )
    if row["action"] in {"on-subscribe", "on-unsubscribe"}:
        # The definition gives these two the header of a request, without a status.
        header = {
            name: header[name] for name in header if name not in {"status", "completed_count"}
        }
    return await envelope.signed(tx, sealer, header, kept["message"])


async def _call(
    address: str, body: Any, profile: Profile, policy: Policy
) -> tuple[int | None, str]:
    """Return the status of the answer and, unless it was taken, a word for what went wrong."""
    if not outbound.is_agreed(address, profile.callback_addresses):
        return None, "address_not_agreed"
    try:
        status = await outbound.post(address, body, policy)
    except NotCallable:
        return None, "address_not_callable"
    except TimeoutError:
        return None, "no_answer_in_time"
    except httpx.HTTPError as error:
        return None, "no_answer_in_time" if "Timeout" in type(error).__name__ else "not_reached"
    if 200 <= status < 300:
        return status, ""
    return status, "led_elsewhere" if 300 <= status < 400 else "not_taken"


async def _note(engine: AsyncEngine, row: RowMapping, status: int | None, fault: str) -> None:
    said = {"callback": row["id"], "status": status, "fault": fault or None}
    is_over = fault in {"agreement_over", "address_not_agreed"} or row["attempts"] >= ATTEMPTS_MAX
    async with engine.begin() as tx:
        if not fault or is_over:
            state = "dead" if fault else "sent"
            await tx.execute(queries.CALLBACK_DONE, {**said, "state": state})
        else:
            wait_s = min(FIRST_WAIT_S * WAIT_FACTOR ** (row["attempts"] - 1), WAIT_MAX_S)
            await tx.execute(queries.CALLBACK_LATER, {**said, "wait_s": wait_s})
    if fault:
        log.warning("callback not taken", step=row["action"], status=status, reason=fault)


async def send_again(
    tx: AsyncConnection, actor: Principal, client_id: str, callback_id: UUID
) -> None:
    """Try a message anew that had been given up; raises Refused not_found."""
    given = {"callback": callback_id, "client": client_id}
    if (await tx.execute(queries.SEND_AGAIN, given)).first() is None:
        raise Refused("not_found")
    await audit.record(tx, actor, "exchange.sent_again", "exchange", callback_id)


async def forget(tx: AsyncConnection) -> None:
    """Remove the content of old messages; their ids and how they ended stay."""
    await tx.execute(queries.FORGET_MESSAGES, {"days": MESSAGE_DAYS})
    await tx.execute(queries.FORGET_CALLBACKS, {"days": CALLBACK_DAYS})


def _place(callback_id: UUID) -> str:
    return f"exchange_callbacks.body:{callback_id}"

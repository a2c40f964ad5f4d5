"""A message of another system: checked whole before anything is done, and answered signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, ids
from common.sealed import Sealer
from registry.dci import contract, message_keys, queries, signatures
from registry.dci.profiles import Profile
from registry.dci.rules import (
    ID_CHARACTERS_MAX,
    SENDER_ID,
    VERSION,
    Registry,
    Rejected,
    demand_header,
    stamp,
)

# Where a message lists what it asks for; the others ask for one thing.
LISTS = {"search": "search_request", "subscribe": "subscribe_request"}


@dataclass(frozen=True, slots=True)
class Door:
    """One path of the interface: what must be sent there, and how it is answered."""

    registry: Registry
    path: str
    action: str
    # The action of the answer; None where an acknowledgement is all.
    reply: str | None = None
    is_sync: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that was taken: in form, in time, from whom it says, for the first time."""

    door: Door
    message_id: str
    correlation_id: UUID
    sender_uri: str | None
    message: Mapping[str, Any]
    received_at: datetime

    @property
    def transaction_id(self) -> str:
        """Return the name that the sender gave to the whole exchange."""
        return str(self.message.get("transaction_id", ""))


def demand_form(door: Door, body: Any) -> None:
    """Refuse what is no message for this path, or an old one; raises Rejected."""
    now = clock.utc_now()
    if not isinstance(body, Mapping):
        raise Rejected("err.request.bad", "a JSON object with header and message is expected")
    header, message = body.get("header"), body.get("message")
    demand_header(header, door.action, _count(door, message), now)
    if isinstance(message, Mapping) and "ciphertext" in message:
        raise Rejected("err.encryption.invalid", "messages are protected by TLS, not encrypted")
    fault = contract.fault_of(door.registry, door.path, body)
    if fault is not None or not isinstance(header, Mapping) or not isinstance(message, Mapping):
        raise Rejected("err.request.bad", fault or "message: an object is required")


async def take(
    tx: AsyncConnection, profile: Profile, sealer: Sealer, door: Door, body: Mapping[str, Any]
) -> Incoming:
    """Check who sent a message of the right form, and keep it; raises Rejected.

    Of what is refused nothing is kept.
    """
    now, header, message = clock.utc_now(), body["header"], body["message"]
    correlation_id = ids.new_id()
    row = {
        "client_id": profile.client_id,
        "message_id": header["message_id"],
        "correlation_id": correlation_id,
        "registry": door.registry,
        "action": door.action,
        "transaction_id": message.get("transaction_id", ""),
        "sender_uri": header.get("sender_uri"),
        "key_id": _demand_sender(profile, body, now),
        "body_sealed": sealer.seal(json.dumps(body).encode(), message_place(correlation_id)),
    }
    if (await tx.execute(queries.TAKE_MESSAGE, row)).first() is None:
        words = "this message_id was used before"
        raise Rejected("err.request.bad", words, "rjct.message_id.duplicate")
    told = {"action": door.action, "registry": door.registry, "signed": row["key_id"] is not None}
    await audit.record(
        tx, profile.actor, "exchange.received", "exchange", correlation_id, details=told
    )
    uri = header.get("sender_uri")
    return Incoming(door, header["message_id"], correlation_id, uri, message, now)


def _count(door: Door, message: Any) -> int | None:
    if not isinstance(message, Mapping):
        return None
    listed = message.get(LISTS.get(door.action, ""))
    if isinstance(listed, list):
        return len(listed)
    return None


def _demand_sender(profile: Profile, body: Mapping[str, Any], now: datetime) -> str | None:
    """Return the id of the key that signed, None where none needs to; raises Rejected."""
    header, message = body["header"], body["message"]
    if header.get("sender_id", profile.sender_id) != profile.sender_id:
        raise Rejected("err.sender_id.invalid", "sender_id is not the one of these credentials")
    if header.get("receiver_id", SENDER_ID) != SENDER_ID:
        raise Rejected("err.receiver_id.invalid", f"receiver_id: {SENDER_ID}")
    for name in (header["message_id"], message.get("transaction_id", "")):
        if not isinstance(name, str) or len(name) > ID_CHARACTERS_MAX:
            raise Rejected("err.request.bad", f"ids have at most {ID_CHARACTERS_MAX} characters")
    signature = body.get("signature")
    if not profile.needs_signature and not profile.public_keys:
        return None
    if not signature and profile.needs_signature:
        raise Rejected("err.signature.missing", "your agreement asks for signed messages")
    if not signature:
        return None
    try:
        return signatures.demand(signature, header, message, profile.public_keys, now)
    except signatures.SignatureFault as fault:
        raise Rejected("err.signature.invalid", str(fault)) from fault


def opened(sealer: Sealer, correlation_id: UUID, sealed: bytes) -> dict[str, Any]:
    """Return a kept message."""
    found: dict[str, Any] = json.loads(sealer.open(sealed, message_place(correlation_id)))
    return found


def message_place(correlation_id: UUID) -> str:
    """Return what a kept message is bound to."""
    return f"exchange_messages.body:{correlation_id}"


def header_of(
    action: str, *, receiver: str, status: str, total: int = 1, message_id: str = ""
) -> dict[str, Any]:
    """Return the header of a message of ours."""
    return {
        "version": VERSION,
        "message_id": message_id or str(ids.new_id()),
        "message_ts": stamp(clock.utc_now()),
        "action": action,
        "status": status,
        "total_count": total,
        "completed_count": total,
        "sender_id": SENDER_ID,
        "receiver_id": receiver,
        "is_msg_encrypted": False,
        "meta": {},
    }


async def signed(
    tx: AsyncConnection, sealer: Sealer, header: Mapping[str, Any], message: Any
) -> dict[str, Any]:
    """Return a whole message of ours; one without content is signed as null, and has none."""
    signature = await message_keys.signature_of(tx, sealer, header, message)
    whole = {"signature": signature, "header": dict(header)}
    return whole if message is None else {**whole, "message": message}


def acknowledgement(correlation_id: UUID) -> dict[str, Any]:
    """Return the answer to a message that is dealt with later."""
    at = stamp(clock.utc_now())
    said = {"ack_status": "ACK", "timestamp": at, "correlation_id": str(correlation_id)}
    return {"message": said}


def refusal(rejected: Rejected) -> dict[str, Any]:
    """Return the answer to a message that is not taken."""
    words = (
        rejected.message if rejected.reason is None else f"{rejected.reason}: {rejected.message}"
    )
    error = {"code": rejected.code, "message": words[:999]}
    said = {"ack_status": "ERR", "timestamp": stamp(clock.utc_now()), "error": error}
    return {"message": {**said, "correlation_id": str(ids.new_id())}}


def refused_header(rejected: Rejected, action: str, receiver: str) -> dict[str, Any]:
    """Return the header of the direct answer to a message that is not taken."""
    header = header_of(action, receiver=receiver, status="rjct", total=0)
    if rejected.reason is not None:
        header["status_reason_code"] = rejected.reason
    return {**header, "status_reason_message": f"{rejected.code}: {rejected.message}"[:999]}

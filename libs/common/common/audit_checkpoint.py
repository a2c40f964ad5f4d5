"""Signed statements of where the audit chain ended, so that it cannot be made anew unseen.

Each service has a key of its own for this (Ed25519), sealed under its sealing key, which the owner
of the database does not have. A checkpoint names the one before it: one that is taken out is
missed. The newest ones can still be cut off together with the chain's end; that is seen only
against a copy kept elsewhere, so each is logged too, and logs leave the machine.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock, tables
from common.audit_chain import FIRST_HASH, LAST_LINK
from common.sealed import SealBroken, Sealer

KEY_ID_CHARACTERS = 16

_keys, _points, _chain = tables.audit_keys, tables.audit_checkpoints, tables.audit_chain
KEYS = select(_keys).order_by(_keys.c.created_at.desc(), _keys.c.id)
ADD_KEY = insert(_keys)
LAST = select(_points).order_by(_points.c.sequence.desc()).limit(1)
ALL = (
    select(_points, _keys.c.public_key, _chain.c.hash.label("hash_now"))
    .select_from(
        _points.outerjoin(_keys, _keys.c.id == _points.c.key_id).outerjoin(
            _chain, _chain.c.position == _points.c.position
        )
    )
    .order_by(_points.c.sequence)
)
ADD = insert(_points)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CheckpointFinding:
    """What the checkpoints of a service say; a problem is a sentence that names one of them."""

    count: int
    problems: Sequence[str]
    keys: Sequence[str]


async def write_checkpoint(tx: AsyncConnection, service: str, sealer: Sealer) -> int | None:
    """Sign where the chain ends and log it; return its position, None when nothing is new."""
    end = (await tx.execute(LAST_LINK)).one_or_none()
    last = (await tx.execute(LAST)).mappings().one_or_none()
    if end is None or (last is not None and last["position"] >= end.position):
        return None
    key_id, key = await _signing_key(tx, sealer)
    point = {
        "sequence": last["sequence"] + 1 if last else 1,
        "position": end.position,
        "chain_hash": end.hash,
        "previous": _digest(last["signature"]) if last else FIRST_HASH,
        "at": clock.utc_now(),
        "key_id": key_id,
    }
    signature = key.sign(_body(service, point))
    await tx.execute(ADD, {**point, "signature": signature})
    log.info(
        "audit checkpoint",
        count=end.position,
        chain_hash=end.hash.hex(),
        key_id=key_id,
        signature=signature.hex(),
    )
    return int(end.position)


async def verify_checkpoints(
    tx: AsyncConnection, service: str, trusted_key: str = ""
) -> CheckpointFinding:
    """Verify every checkpoint: its signature, its predecessor, and the chain at its place.

    With `trusted_key` (the public key in hexadecimal, kept elsewhere) no other key is believed.
    """
    problems: list[str] = []
    keys: dict[str, None] = {}
    sequence, previous = 0, FIRST_HASH
    for row in (await tx.execute(ALL)).mappings():
        if row["sequence"] != sequence + 1:
            problems.append(f"checkpoint {sequence + 1} was removed")
        elif row["previous"] != previous:
            problems.append(f"checkpoint {row['sequence']} does not follow the one before it")
        problems += _problems_of(row, service, trusted_key)
        sequence, previous = int(row["sequence"]), _digest(row["signature"])
        if row["public_key"] is not None:
            keys[row["public_key"].hex()] = None
    return CheckpointFinding(sequence, problems, list(keys))


def _problems_of(row: RowMapping, service: str, trusted_key: str) -> list[str]:
    name = f"checkpoint {row['sequence']} of {row['at'].isoformat()}"
    if row["public_key"] is None:
        return [f"{name}: its key is not known"]
    if trusted_key and row["public_key"].hex() != trusted_key.lower():
        return [f"{name}: signed by another key than the one you keep"]
    try:
        Ed25519PublicKey.from_public_bytes(row["public_key"]).verify(
            row["signature"], _body(service, row)
        )
    except InvalidSignature:
        return [f"{name}: the signature is not right"]
    if row["hash_now"] != row["chain_hash"]:
        return [f"{name}: the chain at position {row['position']} is not what was signed"]
    return []


async def _signing_key(tx: AsyncConnection, sealer: Sealer) -> tuple[str, Ed25519PrivateKey]:
    """Return the newest key that this sealing key opens; make one when there is none."""
    for row in (await tx.execute(KEYS)).mappings():
        try:
            private = sealer.open(row["private_key_sealed"], _place(row["id"]))
        except SealBroken:
            continue
        return row["id"], Ed25519PrivateKey.from_private_bytes(private)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(public).hexdigest()[:KEY_ID_CHARACTERS]
    sealed = sealer.seal(key.private_bytes_raw(), _place(key_id))
    await tx.execute(ADD_KEY, {"id": key_id, "public_key": public, "private_key_sealed": sealed})
    log.info("audit checkpoint key made", key_id=key_id, public_key=public.hex())
    return key_id, key


def _body(service: str, point: dict[str, Any] | RowMapping) -> bytes:
    """Return exactly what is signed."""
    at: datetime = point["at"]
    facts = [
        "khbs audit checkpoint 1",
        service,
        point["sequence"],
        point["position"],
        point["chain_hash"].hex(),
        point["previous"].hex(),
        at.isoformat(),
        point["key_id"],
    ]
    return json.dumps(facts, separators=(",", ":")).encode()


def _digest(signature: bytes) -> bytes:
    return hashlib.sha256(signature).digest()


def _place(key_id: str) -> str:
    return f"audit_keys.private_key:{key_id}"

"""The keys that sign our messages to other agencies: made, used, published, changed.

They sign nothing else: neither cards nor tokens.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.sealed import Sealer
from registry.dci import queries
from registry.dci.rules import SENDER_ID
from registry.dci.signatures import ED25519, LIFE, signed_text, written

# Receivers keep our key set for a day at most; an old key is published for longer.
AFTERLIFE = timedelta(days=7)


async def signature_of(
    tx: AsyncConnection, sealer: Sealer, header: Mapping[str, Any], message: Any
) -> str:
    """Return the signature header of a message of ours; makes the first key when there is none."""
    row = await _signing_key(tx, sealer)
    private = sealer.open(row["private_key"], _place(row["id"]))
    created = int(clock.utc_now().timestamp())
    times = created, created + int(LIFE.total_seconds())
    key = Ed25519PrivateKey.from_private_bytes(private)
    value = key.sign(signed_text(header, message, *times))
    return written(SENDER_ID, row["id"], ED25519, times, value)


async def published(tx: AsyncConnection, sealer: Sealer) -> dict[str, Any]:
    """Return the key set with which our messages are verified (RFC 7517)."""
    await _signing_key(tx, sealer)
    return {"keys": list((await tx.execute(queries.PUBLISHED_KEYS)).scalars())}


async def rotate(tx: AsyncConnection, sealer: Sealer) -> str:
    """Sign with a new key from now on; the old ones stay published for a week."""
    row = await _make(tx, sealer)
    until = clock.utc_now() + AFTERLIFE
    await tx.execute(queries.RETIRE_EXCHANGE_KEYS, {"kept": row["id"], "until": until})
    return str(row["id"])


async def _signing_key(tx: AsyncConnection, sealer: Sealer) -> RowMapping | dict[str, Any]:
    found = (await tx.execute(queries.SIGNING_KEY)).mappings().first()
    if found is not None:
        return found
    await tx.execute(queries.LOCK_KEYS)
    found = (await tx.execute(queries.SIGNING_KEY)).mappings().first()
    return found or await _make(tx, sealer)


async def _make(tx: AsyncConnection, sealer: Sealer) -> dict[str, Any]:
    pair = Ed25519PrivateKey.generate()
    public = OKPKey.import_key(pair.public_key())
    key_id = public.thumbprint()
    row = {
        "id": key_id,
        "public_jwk": {**public.as_dict(), "kid": key_id, "use": "sig", "alg": "EdDSA"},
        "private_key": sealer.seal(pair.private_bytes_raw(), _place(key_id)),
        "created_at": clock.utc_now(),
    }
    await tx.execute(queries.INSERT_EXCHANGE_KEY, row)
    return row


def _place(key_id: str) -> str:
    return f"exchange_keys.private_key:{key_id}"

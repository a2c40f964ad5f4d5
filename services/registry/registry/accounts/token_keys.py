"""The keys that sign tokens: made, used, published, changed."""

from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.keys import SIGNATURE_RULES
from common.problems import Refused
from common.sealed import Sealer
from registry.accounts import oauth_queries as queries

# RFC 9864 calls it Ed25519; the older name is the one that every library knows.
ALGORITHM = "EdDSA"
ACCESS_TOKEN_LIFE = timedelta(minutes=10)
# Between publishing a key and signing with it: every verifier can have seen it by then.
LEAD = timedelta(seconds=60)
# How long a key is published after its last signature: the tokens it signed must be over.
AFTERLIFE = ACCESS_TOKEN_LIFE + timedelta(minutes=5)


async def ensure_key(tx: AsyncConnection, sealer: Sealer, now: datetime) -> str:
    """Make the first key when there is none; return the id of the one that signs."""
    found = (await tx.execute(queries.SELECT_SIGNING_KEY, {"now": now})).mappings().first()
    return str(found["id"]) if found else await _make(tx, sealer, now, signs_from=now)


async def rotate(tx: AsyncConnection, sealer: Sealer, now: datetime) -> str:
    """Publish a new key, which signs after LEAD; return its id.

    The old ones stay published until the last token they signed is over.
    """
    key_id = await _make(tx, sealer, now, signs_from=now + LEAD)
    until = now + LEAD + AFTERLIFE
    await tx.execute(queries.RETIRE_OTHER_KEYS, {"kept": key_id, "until": until})
    await tx.execute(queries.DELETE_OVER_KEYS, {"now": now})
    return key_id


async def published(tx: AsyncConnection, now: datetime) -> dict[str, Any]:
    """Return the key set with which our tokens are verified (RFC 7517 §5)."""
    rows = await tx.execute(queries.SELECT_PUBLISHED_KEYS, {"now": now})
    return {"keys": [row["public_jwk"] for row in rows.mappings()]}


async def sign(
    tx: AsyncConnection, sealer: Sealer, claims: dict[str, Any], *, token_type: str, now: datetime
) -> str:
    """Return the claims as a signed token; raises Refused issuer_not_prepared."""
    row = (await tx.execute(queries.SELECT_SIGNING_KEY, {"now": now})).mappings().first()
    if row is None:
        raise Refused("issuer_not_prepared")
    private = sealer.open_json(row["private_key"].decode(), _place(row["id"]))
    header = {"alg": ALGORITHM, "kid": row["id"], "typ": token_type}
    return jwt.encode(header, claims, OKPKey.import_key(private), registry=SIGNATURE_RULES)


async def _make(tx: AsyncConnection, sealer: Sealer, now: datetime, signs_from: datetime) -> str:
    key = OKPKey.generate_key("Ed25519")
    key_id = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
    private = dict(key.as_dict(private=True))
    await tx.execute(
        queries.INSERT_KEY,
        {
            "id": key_id,
            "public_jwk": public,
            "private_key": sealer.seal_json(private, _place(key_id)).encode(),
            "created_at": now,
            "signs_from": signs_from,
        },
    )
    return key_id


def _place(key_id: str) -> str:
    return f"token_keys.private_key:{key_id}"

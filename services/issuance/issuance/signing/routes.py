"""The public side of the signing keys, for whoever checks cards."""

import base64
import json
from datetime import datetime
from typing import Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import RowMapping

from common.api import new_router
from common.auth.principal import public
from common.cose import COORDINATE_BYTES
from common.database import Transaction
from common.public_file import answer_file
from issuance.signing import queries

router = new_router(
    tags=["keys"],
    dependencies=[Depends(public("public keys are for everybody who checks a card"))],
)


class KeyOut(BaseModel):
    kid: str
    algorithm: str
    public_key: str
    state: str
    not_before: datetime
    sign_until: datetime
    verify_until: datetime


@router.get("/v1/keys")
async def get_keys(tx: Transaction) -> list[KeyOut]:
    """Return every key with its state and dates, youngest first; retired ones too."""
    return [
        KeyOut(
            public_key=row["public_key"].hex(),
            **{name: row[name] for name in KeyOut.model_fields if name != "public_key"},
        )
        for row in await queries.published_keys(tx)
    ]


@router.head("/.well-known/jwks.json", include_in_schema=False)
@router.get("/.well-known/jwks.json", response_class=Response)
async def get_jwks(request: Request, tx: Transaction) -> Response:
    """Return the keys under which a card may count now or soon, as a JWK Set (RFC 7517)."""
    trusted = ("planned", "active", "verify_only")
    rows = [row for row in await queries.published_keys(tx) if row["state"] in trusted]
    body = json.dumps({"keys": [as_jwk(row) for row in rows]}, separators=(",", ":"))
    return answer_file(request, body.encode(), "application/json")


def as_jwk(row: RowMapping) -> dict[str, Any]:
    """Return a key as RFC 7517 and RFC 8037 write it; `kid` is the same hex as in events."""
    key, common = row["public_key"], {"kid": row["kid"], "use": "sig"}
    if row["algorithm"] == "Ed25519":
        return {**common, "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": _b64(key)}
    x, y = key[1 : 1 + COORDINATE_BYTES], key[1 + COORDINATE_BYTES :]
    return {**common, "kty": "EC", "crv": "P-256", "alg": "ES256", "x": _b64(x), "y": _b64(y)}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

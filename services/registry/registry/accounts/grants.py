"""Tokens for what someone has signed in for: traded for a code, renewed, ended."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, ids
from common.auth.tokens import ACCESS_TOKEN
from common.sealed import Sealer
from registry.accounts import notes, oauth_queries, queries
from registry.accounts.clients import hash_of
from registry.accounts.token_keys import ACCESS_TOKEN_LIFE, sign

REFRESH_TOKEN_BYTES = 32
ID_TOKEN = "JWT"  # noqa: S105 - a media type
ID_TOKEN_LIFE = ACCESS_TOKEN_LIFE


@dataclass(frozen=True, slots=True)
class Minter:
    """Who signs, for whom, and when: what every token of one request shares."""

    issuer: str
    audience: str
    sealer: Sealer
    now: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """The answer of RFC 6749 §5.2. It is returned, not raised: what was noted must be kept."""

    error: str


Tokens = dict[str, Any]


async def exchange_code(
    tx: AsyncConnection, mint: Minter, client_id: str, given: dict[str, str]
) -> Tokens | Denied:
    """Trade a code for tokens. A code that comes twice was stolen: its whole grant ends."""
    hashed = hash_of(given.get("code", ""))
    found = await tx.execute(
        oauth_queries.SELECT_CODE_FOR_UPDATE, {"hash": hashed, "now": mint.now}
    )
    row = found.mappings().first()
    if row is None or row["client_id"] != client_id:
        return Denied("invalid_grant")
    if row["used_at"] is not None:
        return await _stolen(tx, mint, row, "code")
    await tx.execute(oauth_queries.USE_CODE, {"hash": hashed, "now": mint.now})
    challenge = _challenge_of(given.get("code_verifier", ""))
    is_proved = hmac.compare_digest(challenge, row["code_challenge"])
    is_same_way = given.get("redirect_uri") == row["redirect_uri"]
    if not (is_proved and is_same_way and row["is_good"]) or row["expires_at"] <= mint.now:
        return Denied("invalid_grant")
    tokens = await _tokens(tx, mint, row)
    claims = _id_claims(mint, row)
    tokens["id_token"] = await sign(tx, mint.sealer, claims, token_type=ID_TOKEN, now=mint.now)
    return tokens


async def refresh(
    tx: AsyncConnection, mint: Minter, client_id: str, refresh_token: str
) -> Tokens | Denied:
    """Trade a refresh token for new tokens; each is good once.

    One that comes twice was stolen, or the thief was quicker: either way the grant ends.
    """
    hashed = hash_of(refresh_token)
    found = await tx.execute(
        oauth_queries.SELECT_REFRESH_FOR_UPDATE, {"hash": hashed, "now": mint.now}
    )
    row = found.mappings().first()
    if row is None or row["client_id"] != client_id or not row["is_good"]:
        return Denied("invalid_grant")
    if row["used_at"] is not None:
        return await _stolen(tx, mint, row, "refresh_token")
    await tx.execute(oauth_queries.USE_REFRESH, {"hash": hashed, "now": mint.now})
    await tx.execute(queries.TOUCH_SIGN_IN, {"sign_in_id": row["sign_in_id"], "now": mint.now})
    return await _tokens(tx, mint, row)


async def revoke(tx: AsyncConnection, mint: Minter, client_id: str, token: str) -> None:
    """End the grant of a refresh token (RFC 7009); any other token is left to run out."""
    found = await tx.execute(
        oauth_queries.SELECT_REFRESH_FOR_UPDATE, {"hash": hash_of(token), "now": mint.now}
    )
    row = found.mappings().first()
    if row is not None and row["client_id"] == client_id:
        given = {"grant_id": row["grant_id"], "now": mint.now}
        await tx.execute(oauth_queries.END_GRANT, given)


async def for_system(tx: AsyncConnection, mint: Minter, client: RowMapping) -> Tokens:
    """Return a token for another's system (RFC 6749 §4.4); it has nothing to renew it with.

    A partner's system is limited to its partner, an agency's to its regions.
    """
    claims = _claims(mint, client["id"]) | {
        "name": client["name"],
        "roles": [client["kind"]],
        "khbs_regions": list(client["regions"]),
        "khbs_client": True,
        "client_id": client["id"],
    }
    if client["partner_id"]:
        claims["khbs_partner"] = str(client["partner_id"])
    actor = notes.system(client["id"], mint.request_id)
    await audit.record(tx, actor, "api_client.token_given", "api_client", client["id"])
    return _answer(await _access_token(tx, mint, claims))


async def _tokens(tx: AsyncConnection, mint: Minter, row: RowMapping) -> Tokens:
    claims = _claims(mint, str(row["account_id"])) | {
        "name": row["display_name"],
        "roles": [row["role"]],
        "khbs_regions": list(row["regions"]),
        "client_id": row["client_id"],
        "sid": str(row["sign_in_id"]),
        "scope": row["scope"],
    }
    if row["partner_id"]:
        claims["khbs_partner"] = str(row["partner_id"])
    refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
    await tx.execute(
        oauth_queries.INSERT_REFRESH,
        {
            "token_hash": hash_of(refresh_token),
            "grant_id": row["grant_id"],
            "created_at": mint.now,
        },
    )
    answer = _answer(await _access_token(tx, mint, claims))
    return answer | {"refresh_token": refresh_token, "scope": row["scope"]}


async def _access_token(tx: AsyncConnection, mint: Minter, claims: dict[str, Any]) -> str:
    return await sign(tx, mint.sealer, claims, token_type=ACCESS_TOKEN, now=mint.now)


def _answer(access_token: str) -> Tokens:
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
    }


def _claims(mint: Minter, subject: str) -> dict[str, Any]:
    issued = int(mint.now.timestamp())
    return {
        "iss": mint.issuer,
        "aud": mint.audience,
        "sub": subject,
        "iat": issued,
        "exp": issued + int(ACCESS_TOKEN_LIFE.total_seconds()),
        "jti": str(ids.new_id()),
    }


def _id_claims(mint: Minter, row: RowMapping) -> dict[str, Any]:
    # Without the person's name: at sign-out this token travels in an address.
    issued = int(mint.now.timestamp())
    claims = {
        "iss": mint.issuer,
        "aud": row["client_id"],
        "sub": str(row["account_id"]),
        "iat": issued,
        "exp": issued + int(ID_TOKEN_LIFE.total_seconds()),
        "auth_time": int(row["signed_in_at"].timestamp()),
        "amr": ["pwd", "otp"] if row["with_second_factor"] else ["pwd"],
        "sid": str(row["sign_in_id"]),
    }
    return claims | ({"nonce": row["nonce"]} if row["nonce"] else {})


async def _stolen(tx: AsyncConnection, mint: Minter, row: RowMapping, what: str) -> Denied:
    await tx.execute(oauth_queries.END_GRANT, {"grant_id": row["grant_id"], "now": mint.now})
    actor = notes.system(row["client_id"], mint.request_id)
    details = {"what": what, "grant_id": str(row["grant_id"])}
    await audit.record(
        tx, actor, "grant.reuse_detected", "account", row["account_id"], details=details
    )
    return Denied("invalid_grant")


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

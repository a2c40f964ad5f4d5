"""Signed-in browsers: an opaque cookie, a revocable row, and the token that proves a form is ours.

The cookie holds 32 random bytes. The database has their hash and the issuer's tokens, sealed, so
that neither a stolen cookie survives a sign-out nor a stolen dump opens a session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2 as httpx
from fastapi import Request
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from common import clock, tables
from common.problems import Refused
from common.sealed import Sealer

COOKIE_BYTES = 32
SESSION_HOURS = 10
# The access token is renewed this long before it ends, by the first request that sees it.
REFRESH_AFTER_S = 240
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_TIMEOUT_S = 5.0

_t = tables.web_sessions
SELECT = select(_t).where(_t.c.id_hash == bindparam("h"), _t.c.expires_at > bindparam("now"))
INSERT = insert(_t)
DELETE = delete(_t).where(_t.c.id_hash == bindparam("h"))
DELETE_EXPIRED = delete(_t).where(_t.c.expires_at < bindparam("now"))
# Only one of several requests that see an old token renews it; the others go on with it.
CLAIM_REFRESH = (
    update(_t)
    .where(_t.c.id_hash == bindparam("h"), _t.c.refreshed_at == bindparam("seen"))
    .values(refreshed_at=bindparam("now"))
)
STORE_TOKENS = (
    update(_t)
    .where(_t.c.id_hash == bindparam("h"))
    .values(access_token=bindparam("access"), refresh_token=bindparam("refresh"))
)


@dataclass(frozen=True, slots=True)
class Session:
    id_hash: bytes
    subject: str
    access_token: str
    id_token: str | None
    csrf_token: str


def cookie_name(request: Request) -> str:
    """Return the cookie's name: with TLS the __Host- prefix, and never another service's.

    Cookies do not know ports: on one machine the three services would overwrite each other's.
    """
    service = request.app.state.settings.service
    secure = request.app.state.settings.public_url.startswith("https://")
    return f"__Host-khbs-{service}" if secure else f"khbs-{service}"


async def find(request: Request) -> Session | None:
    """Return the caller's session, renewed when its access token is about to end.

    Raises Refused session_expired when the issuer has ended the session.
    """
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        return None
    id_hash = hashlib.sha256(secret.encode()).digest()
    now = clock.utc_now()
    async with request.app.state.engine.connect() as tx:
        row = (await tx.execute(SELECT, {"h": id_hash, "now": now})).mappings().one_or_none()
    if row is None:
        return None
    sealer: Sealer = request.app.state.sealer
    access = sealer.open_text(row["access_token"], _place("access", id_hash))
    if (now - row["refreshed_at"]).total_seconds() > REFRESH_AFTER_S and row["refresh_token"]:
        access = await _renew(request, row, access)
    hint = row["id_token_hint"]
    return Session(
        id_hash=id_hash,
        subject=row["subject"],
        access_token=access,
        id_token=sealer.open_text(hint, _place("id", id_hash)) if hint else None,
        csrf_token=csrf_token(request, id_hash),
    )


async def check_csrf(request: Request, session: Session) -> None:
    """Refuse an unsafe request that does not come from a page of ours."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("csrf_failed")
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get("csrf_token", ""))
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise Refused("csrf_failed")


async def start(
    request: Request,
    response: Response,
    tx: AsyncConnection,
    *,
    subject: str,
    tokens: dict[str, Any],
) -> None:
    """Make a session from the issuer's tokens and set its cookie."""
    secret = secrets.token_urlsafe(COOKIE_BYTES)
    id_hash = hashlib.sha256(secret.encode()).digest()
    now = clock.utc_now()
    await tx.execute(DELETE_EXPIRED, {"now": now})
    await tx.execute(
        INSERT,
        {
            "id_hash": id_hash,
            "subject": subject,
            "created_at": now,
            "refreshed_at": now,
            "expires_at": now + timedelta(hours=SESSION_HOURS),
            "access_token": _sealed(request, "access", id_hash, tokens["access_token"]),
            "refresh_token": _sealed(request, "refresh", id_hash, tokens.get("refresh_token")),
            "id_token_hint": _sealed(request, "id", id_hash, tokens.get("id_token")),
        },
    )
    response.set_cookie(
        cookie_name(request),
        secret,
        httponly=True,
        samesite="lax",
        path="/",
        secure=request.app.state.settings.public_url.startswith("https://"),
        max_age=SESSION_HOURS * 3600,
    )


async def end(request: Request, response: Response, tx: AsyncConnection) -> None:
    """Forget the caller's session and its cookie."""
    secret = request.cookies.get(cookie_name(request), "")
    await tx.execute(DELETE, {"h": hashlib.sha256(secret.encode()).digest()})
    response.delete_cookie(cookie_name(request), path="/")


def csrf_token(request: Request, id_hash: bytes) -> str:
    """Return the proof that a form was made for this session."""
    key = request.app.state.settings.session_key.get_secret_value()
    return hmac.new(key, b"csrf\x00" + id_hash, hashlib.sha256).hexdigest()


async def _renew(request: Request, row: Any, access: str) -> str:
    """Get a new access token from the issuer; a session it has ended is ended here too."""
    id_hash, now = row["id_hash"], clock.utc_now()
    async with request.app.state.engine.begin() as tx:
        mine = await tx.execute(
            CLAIM_REFRESH, {"h": id_hash, "seen": row["refreshed_at"], "now": now}
        )
    if mine.rowcount == 0:
        return access
    sealer: Sealer = request.app.state.sealer
    old = sealer.open_text(row["refresh_token"], _place("refresh", id_hash))
    try:
        tokens = await request.app.state.oidc.refresh(old)
    except httpx.HTTPError as error:
        raise Refused("issuer_unreachable") from error
    async with request.app.state.engine.begin() as tx:
        if tokens is None:
            await tx.execute(DELETE, {"h": id_hash})
        else:
            await tx.execute(
                STORE_TOKENS,
                {
                    "h": id_hash,
                    "access": _sealed(request, "access", id_hash, tokens["access_token"]),
                    "refresh": _sealed(
                        request, "refresh", id_hash, tokens.get("refresh_token", old)
                    ),
                },
            )
    if tokens is None:
        raise Refused("session_expired")
    return str(tokens["access_token"])


def _place(kind: str, id_hash: bytes) -> str:
    return f"web_sessions.{kind}:{id_hash.hex()}"


def _sealed(request: Request, kind: str, id_hash: bytes, value: str | None) -> bytes | None:
    sealer: Sealer = request.app.state.sealer
    return sealer.seal_text(value, _place(kind, id_hash)) if value else None

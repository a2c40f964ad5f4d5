"""Signed-in browsers: an opaque cookie, a revocable row, and the issuer's tokens, sealed.

The cookie holds 32 random bytes. The database has their hash and the tokens, so that neither a
stolen cookie survives a sign-out nor a stolen dump opens a session.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request
from sqlalchemy import RowMapping, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from common import clock, tables
from common.auth import csrf, renewal
from common.auth.cookies import cookie_name, delete_cookie, set_cookie
from common.auth.renewal import seal, unseal

COOKIE_BYTES = 32
SESSION_MAX_S = 10 * 3600
# A browser that asked for nothing this long is signed out: office computers are shared.
IDLE_MAX_S = 2 * 3600

_t = tables.web_sessions
SELECT = select(_t).where(
    _t.c.id_hash == bindparam("h"),
    _t.c.expires_at > bindparam("now"),
    _t.c.refreshed_at > bindparam("now") - timedelta(seconds=IDLE_MAX_S),
)
INSERT = insert(_t)
DELETE = delete(_t).where(_t.c.id_hash == bindparam("h"))
DELETE_EXPIRED = delete(_t).where(_t.c.expires_at < bindparam("now"))


@dataclass(frozen=True, slots=True)
class Session:
    id_hash: bytes
    subject: str
    access_token: str
    id_token: str | None
    csrf_token: str

    @property
    def signed_in_at(self) -> datetime | None:
        """When the person last gave password and code, or None where the issuer did not say.

        A new session says nothing of it: an issuer that knows the browser opens one unasked.
        """
        try:
            claims = (self.id_token or "").split(".")[1]
            said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
            return datetime.fromtimestamp(int(said["auth_time"]), UTC)
        except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return None


async def find(request: Request) -> Session | None:
    """Return the caller's session, with an access token that is still good.

    Raises Refused session_expired when the issuer has ended the session, issuer_unreachable.
    """
    row = await _row_of(request)
    return _session(request, row, await renewal.access_token(request, row)) if row else None


async def peek(request: Request) -> Session | None:
    """Return the caller's session as it is, without asking the issuer anything."""
    row = await _row_of(request)
    return _session(request, row, renewal.held_token(request, row)) if row else None


async def _row_of(request: Request) -> RowMapping | None:
    id_hash = hash_of_cookie(request)
    if id_hash is None:
        return None
    async with request.app.state.engine.connect() as tx:
        found = await tx.execute(SELECT, {"h": id_hash, "now": clock.utc_now()})
        row: RowMapping | None = found.mappings().first()
    return row


def _session(request: Request, row: RowMapping, access_token: str) -> Session:
    id_hash, hint = row["id_hash"], row["id_token_hint"]
    return Session(
        id_hash=id_hash,
        subject=row["subject"],
        access_token=access_token,
        id_token=unseal(request.app.state.sealer, "id", id_hash, hint) if hint else None,
        csrf_token=csrf.token_for(request, id_hash),
    )


async def start(
    request: Request,
    response: Response,
    tx: AsyncConnection,
    *,
    subject: str,
    tokens: dict[str, Any],
) -> None:
    """Make a session from the issuer's tokens and set its cookie.

    The secret is always new, and a session the browser had before ends: nobody can have
    prepared it.
    """
    settings = request.app.state.settings
    await tx.execute(DELETE_EXPIRED, {"now": clock.utc_now()})
    await tx.execute(DELETE, {"h": hash_of_cookie(request) or b""})
    secret = secrets.token_urlsafe(COOKIE_BYTES)
    id_hash = hashlib.sha256(secret.encode()).digest()
    now = clock.utc_now()
    sealer = request.app.state.sealer
    await tx.execute(
        INSERT,
        {
            "id_hash": id_hash,
            "subject": subject,
            "created_at": now,
            "refreshed_at": now,
            "access_expires_at": renewal.ends_at(tokens, now),
            "expires_at": now + timedelta(seconds=SESSION_MAX_S),
            "access_token": seal(sealer, "access", id_hash, tokens["access_token"]),
            "refresh_token": seal(sealer, "refresh", id_hash, tokens.get("refresh_token")),
            "id_token_hint": seal(sealer, "id", id_hash, tokens.get("id_token")),
        },
    )
    set_cookie(response, settings, cookie_name(settings), secret, max_age_s=SESSION_MAX_S)


async def end(request: Request, response: Response, tx: AsyncConnection) -> None:
    """Forget the caller's session and its cookie."""
    settings = request.app.state.settings
    await tx.execute(DELETE, {"h": hash_of_cookie(request) or b""})
    delete_cookie(response, settings, cookie_name(settings))


async def forget(request: Request, session: Session) -> None:
    """End a session whose token is no longer accepted, in a transaction of its own."""
    async with request.app.state.engine.begin() as tx:
        await tx.execute(DELETE, {"h": session.id_hash})


def hash_of_cookie(request: Request) -> bytes | None:
    """Return what the database knows the caller's session by, if the caller has a cookie."""
    secret = request.cookies.get(cookie_name(request.app.state.settings))
    return hashlib.sha256(secret.encode()).digest() if secret else None

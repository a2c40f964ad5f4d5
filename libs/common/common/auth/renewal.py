"""Keeping a session's access token good: one request renews it, the others do not wait for it."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from sqlalchemy import RowMapping, bindparam, delete, or_, select, update

from common import clock, tables
from common.problems import Refused
from common.sealed import Sealer

# A token is renewed at half its life, and after this long at the latest: that is also how soon
# a session ends here after the issuer has ended it.
RENEW_AFTER_S = 240.0
# What is assumed of an issuer that does not say how long its tokens live.
UNSAID_LIFE_S = 120.0
# A request that was renewing and has died is given up on after this long.
RENEWAL_LAPSES_S = 10.0
# Requests that come while the only token is over wait for the one that renews it.
WAIT_MAX_S = 8.0
WAIT_STEP_S = 0.05

_t = tables.web_sessions
# Only one of several requests that see an old token renews it.
CLAIM = (
    update(_t)
    .where(
        _t.c.id_hash == bindparam("h"),
        _t.c.access_expires_at == bindparam("seen"),
        or_(_t.c.renewing_since.is_(None), _t.c.renewing_since < bindparam("lapsed")),
    )
    .values(renewing_since=bindparam("now"))
)
STORE = (
    update(_t)
    .where(_t.c.id_hash == bindparam("h"))
    .values(
        access_token=bindparam("access"),
        refresh_token=bindparam("refresh"),
        refreshed_at=bindparam("now"),
        access_expires_at=bindparam("ends"),
        renewing_since=None,
    )
)
SELECT = select(_t.c.id_hash, _t.c.access_token, _t.c.access_expires_at).where(
    _t.c.id_hash == bindparam("h")
)
END = delete(_t).where(_t.c.id_hash == bindparam("h"))


async def access_token(request: Request, row: RowMapping) -> str:
    """Return a good access token of a session, renewed when it is due.

    Raises Refused session_expired when the issuer has ended the session, and
    issuer_unreachable when it is away and the old token is over.
    """
    held = held_token(request, row)
    now = clock.utc_now()
    is_over = row["access_expires_at"] <= now
    if not is_over and not is_due(row, now):
        return held
    if row["refresh_token"] is None:
        return await _last_of(request, row, held, is_over=is_over)
    if await _claimed(request, row, now):
        return await _renew(request, row, held, is_over=is_over)
    return await _renewed_by_another(request, row) if is_over else held


def held_token(request: Request, row: RowMapping) -> str:
    """Return the access token that a session has, however old."""
    return unseal(request.app.state.sealer, "access", row["id_hash"], row["access_token"])


def is_due(row: RowMapping, now: datetime) -> bool:
    """Tell whether it is time to renew a token that is still good."""
    life_s = (row["access_expires_at"] - row["refreshed_at"]).total_seconds()
    age_s = (now - row["refreshed_at"]).total_seconds()
    return bool(age_s > min(RENEW_AFTER_S, life_s / 2))


def ends_at(tokens: dict[str, Any], now: datetime) -> datetime:
    """Return when the access token of a token answer is over, counted from `now`."""
    return now + timedelta(seconds=float(tokens.get("expires_in") or UNSAID_LIFE_S))


async def _last_of(request: Request, row: RowMapping, held: str, *, is_over: bool) -> str:
    if not is_over:
        return held
    await _end(request, row["id_hash"])
    raise Refused("session_expired")


async def _claimed(request: Request, row: RowMapping, now: datetime) -> bool:
    given = {
        "h": row["id_hash"],
        "seen": row["access_expires_at"],
        "now": now,
        "lapsed": now - timedelta(seconds=RENEWAL_LAPSES_S),
    }
    async with request.app.state.engine.begin() as tx:
        return bool((await tx.execute(CLAIM, given)).rowcount == 1)


async def _renew(request: Request, row: RowMapping, held: str, *, is_over: bool) -> str:
    id_hash, sealer = row["id_hash"], request.app.state.sealer
    old = unseal(sealer, "refresh", id_hash, row["refresh_token"])
    try:
        tokens = await request.app.state.oidc.refresh(old)
    except Refused:
        # The claim lapses, and a later request tries again.
        if is_over:
            raise
        return held
    if tokens is None:
        await _end(request, id_hash)
        raise Refused("session_expired")
    now = clock.utc_now()
    given = {
        "h": id_hash,
        "access": seal(sealer, "access", id_hash, tokens["access_token"]),
        "refresh": seal(sealer, "refresh", id_hash, tokens.get("refresh_token", old)),
        "now": now,
        "ends": ends_at(tokens, now),
    }
    async with request.app.state.engine.begin() as tx:
        await tx.execute(STORE, given)
    return str(tokens["access_token"])


async def _renewed_by_another(request: Request, row: RowMapping) -> str:
    deadline = time.monotonic() + WAIT_MAX_S
    while time.monotonic() < deadline:
        async with request.app.state.engine.connect() as tx:
            found = (await tx.execute(SELECT, {"h": row["id_hash"]})).mappings().first()
        if found is None:
            raise Refused("session_expired")
        if found["access_expires_at"] != row["access_expires_at"]:
            return held_token(request, found)
        await asyncio.sleep(WAIT_STEP_S)
    raise Refused("issuer_unreachable")


async def _end(request: Request, id_hash: bytes) -> None:
    async with request.app.state.engine.begin() as tx:
        await tx.execute(END, {"h": id_hash})


def seal(sealer: Sealer, kind: str, id_hash: bytes, token: str | None) -> bytes | None:
    """Seal a token for its place in one session."""
    return sealer.seal_text(token, _place(kind, id_hash)) if token else None


def unseal(sealer: Sealer, kind: str, id_hash: bytes, sealed: bytes) -> str:
    """Open a token of one session; raises SealBroken."""
    return sealer.open_text(sealed, _place(kind, id_hash))


def _place(kind: str, id_hash: bytes) -> str:
    return f"web_sessions.{kind}:{id_hash.hex()}"

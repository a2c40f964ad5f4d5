"""Signing in, step by step: password, code, new password, enrolment of a second factor."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, ids
from common.sealed import BlindIndex, Sealer
from registry.accounts import attempts, notes, passwords, queries, rules, second_factor

COOKIE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser's request to sign in: from where, when, and under which number."""

    address: str
    now: datetime
    request_id: str | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that is under way or complete, with the account it is for."""

    id: UUID
    account_id: UUID
    username: str
    display_name: str
    step: rules.Step
    completed_at: datetime | None
    totp_secret: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step: the browser's new secret, or how long to wait, or simply wrong."""

    secret: str = ""
    wait_s: int = 0


async def check_password(
    engine: AsyncEngine, index: BlindIndex, username: str, password: str, visit: Visit
) -> Outcome:
    """Judge a user name with its password; begin a sign-in when they are right.

    No connection is held while the password is hashed. A name that does not exist, a wrong
    password and a disabled account are answered alike and take the same time.
    """
    guesses = attempts.at_password(index, username, visit.address)
    async with engine.begin() as tx:
        wait = await attempts.begin(tx, guesses, visit.now)
        if wait:
            return Outcome(wait_s=wait)
        found = await tx.execute(queries.SELECT_BY_USERNAME, {"username": username})
        account = found.mappings().first()
    is_right = await passwords.is_right(password, account["password_hash"] if account else None)
    async with engine.begin() as tx:
        if account is None or not is_right or account["disabled_at"] is not None:
            reason = "disabled" if is_right else "password" if account else "name"
            await notes.failed_sign_in(
                tx, account["id"] if account else None, reason, visit.request_id
            )
            return Outcome()
        await attempts.forgive(tx, guesses)
        return await _begin(tx, account, visit)


async def _begin(tx: AsyncConnection, account: RowMapping, visit: Visit) -> Outcome:
    secret, hashed = new_secret()
    sign_in_id = ids.new_id()
    await tx.execute(
        queries.INSERT_SIGN_IN,
        {
            "id": sign_in_id,
            "secret_hash": hashed,
            "account_id": account["id"],
            "created_at": visit.now,
            "active_at": visit.now,
            "expires_at": visit.now + rules.STEPS_MAX,
        },
    )
    here = await find(tx, secret, visit.now)
    if here is not None and here.step == "done":
        return Outcome(secret=await go_on(tx, here, visit))
    return Outcome(secret=secret)


async def find(tx: AsyncConnection, secret: str, now: datetime) -> SignIn | None:
    """Return the sign-in of a browser's cookie; None when it is over or there was none."""
    hashed = hashlib.sha256(secret.encode()).digest()
    found = await tx.execute(queries.SELECT_SIGN_IN_BY_COOKIE, {"hash": hashed, "now": now})
    row = found.mappings().first()
    if row is None:
        return None
    return SignIn(
        id=row["id"],
        account_id=row["account_id"],
        username=row["username"],
        display_name=row["display_name"],
        step=rules.next_step(
            role=row["role"],
            has_second_factor=row["totp_confirmed_at"] is not None,
            used_second_factor=row["with_second_factor"],
            must_change_password=row["must_change_password"],
        ),
        completed_at=row["completed_at"],
        totp_secret=row["totp_secret"],
    )


async def check_code(
    tx: AsyncConnection, sealer: Sealer, index: BlindIndex, here: SignIn, code: str, *, visit: Visit
) -> Outcome:
    """Judge a code for a sign-in whose password was right.

    Also confirms a second factor that is being enrolled: the code proves that the phone has it.
    """
    guesses = attempts.at_code(index, here.account_id)
    wait = await attempts.begin(tx, guesses, visit.now)
    if wait:
        return Outcome(wait_s=wait)
    secret = second_factor.opened(sealer, here.account_id, here.totp_secret or b"")
    if not await second_factor.use_code(tx, here.account_id, secret, code, visit.now):
        await notes.failed_sign_in(tx, here.account_id, "code", visit.request_id)
        return Outcome()
    await attempts.forgive(tx, guesses)
    if here.step == "enrol":
        await tx.execute(queries.CONFIRM_TOTP, {"account_id": here.account_id, "at": visit.now})
        await _note(tx, here, "account.second_factor_enrolled", visit)
    await tx.execute(queries.SET_SECOND_FACTOR, {"sign_in_id": here.id})
    return Outcome(secret=await go_on(tx, here, visit))


async def go_on(tx: AsyncConnection, here: SignIn, visit: Visit) -> str:
    """Give the sign-in a new secret, and its full life when no step is left.

    The cookie changes with every step, so that none from before a step is worth more after it.
    """
    secret, hashed = new_secret()
    given: dict[str, Any] = {"sign_in_id": here.id, "now": visit.now}
    await tx.execute(queries.RENEW_SIGN_IN, {**given, "hash": hashed})
    after = await find(tx, secret, visit.now)
    if after is not None and after.step == "done":
        ends = visit.now + rules.SIGN_IN_MAX
        await tx.execute(queries.COMPLETE_SIGN_IN, {**given, "expires": ends})
        await _note(tx, here, "sign_in.completed", visit)
    return secret


async def end(tx: AsyncConnection, here: SignIn, visit: Visit) -> None:
    """End a sign-in: no service renews a token on its strength any more."""
    await tx.execute(queries.END_SIGN_IN, {"sign_in_id": here.id, "now": visit.now})
    await _note(tx, here, "sign_in.ended", visit)


def new_secret() -> tuple[str, bytes]:
    """Return a random secret for a browser, and what is kept of it."""
    secret = secrets.token_urlsafe(COOKIE_BYTES)
    return secret, hashlib.sha256(secret.encode()).digest()


async def _note(tx: AsyncConnection, here: SignIn, action: str, visit: Visit) -> None:
    actor = notes.person(here.account_id, here.display_name, visit.request_id)
    await audit.record(tx, actor, action, "account", here.account_id)

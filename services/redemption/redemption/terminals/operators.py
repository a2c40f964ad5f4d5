"""Operators of a terminal: the PIN after a full sign-in, signing in with it, signing out."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.terminals import operator_queries as queries
from redemption.terminals.pins import is_right_pin, kept_pin
from redemption.terminals.rules import (
    FULL_SIGN_IN_LIFE,
    OPERATOR_ROLES,
    PIN_TRIES,
    SESSION_LIFE,
    demand_good_pin,
    needs_full_sign_in,
    operator_id_of,
)
from redemption.terminals.tokens import TOKEN_BYTES, hash_of_token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The answer to a right PIN; the token is nowhere else."""

    token: str
    expires_at: datetime
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Operator:
    operator_id: UUID
    name: str
    role: str
    full_sign_in_until: datetime
    needs_full_sign_in: bool


async def set_pin(
    tx: AsyncConnection,
    sealer: Sealer,
    person: Principal,
    *,
    terminal_id: UUID,
    pin: str,
    signed_in_at: datetime,
    now: datetime,
) -> Operator:
    """Let somebody who signed in fully, then, sign in on this terminal with a PIN from now on.

    The earlier sessions on this terminal end. Raises Refused pin_malformed, pin_too_simple,
    full_sign_in_needed when that sign-in was ended.
    """
    demand_good_pin(pin)
    await _demand_lasting(tx, person.subject, signed_in_at)
    operator_id = operator_id_of(person.subject)
    role = min(person.roles & OPERATOR_ROLES)
    here = {"at_terminal": terminal_id, "of_operator": operator_id, "now": now}
    await tx.execute(
        queries.SET_PIN,
        {
            "terminal_id": terminal_id,
            "operator_id": operator_id,
            "subject": person.subject,
            "name": person.name,
            "role": role,
            "pin_sealed": await kept_pin(sealer, terminal_id, operator_id, pin),
            "full_sign_in_at": signed_in_at,
            "tries_left": PIN_TRIES,
            "removed_at": None,
        },
    )
    await tx.execute(queries.END_SESSIONS, here)
    await audit.record(tx, person, "terminal.pin_set", "terminal", terminal_id)
    return Operator(operator_id, person.name, role, signed_in_at + FULL_SIGN_IN_LIFE, False)


async def _demand_lasting(tx: AsyncConnection, subject: str, signed_in_at: datetime) -> None:
    """Refuse a sign-in that the issuer has ended; an end that is on its way waits until commit."""
    await tx.execute(queries.LOCK_PERSON, {"subject": subject})
    asked = {"of_subject": subject, "signed_in_at": signed_in_at}
    if await tx.scalar(queries.IS_ENDED, asked) is not None:
        raise Refused("full_sign_in_needed")


async def sign_in(
    tx: AsyncConnection,
    sealer: Sealer,
    device: Principal,
    *,
    terminal_id: UUID,
    operator_id: UUID,
    pin: str,
    now: datetime,
) -> SignedIn | Refused:
    """Return a session for a right PIN, else the refusal: operator_pin_wrong, full_sign_in_needed.

    The refusal is returned and the caller commits: a try that is rolled back was not counted.
    """
    here = {"at_terminal": terminal_id, "of_operator": operator_id}
    row = (await tx.execute(queries.LOCK_OPERATOR, here)).mappings().one_or_none()
    if row is None or needs_full_sign_in(row["full_sign_in_at"], row["tries_left"], now):
        return Refused("full_sign_in_needed")
    kept = row["pin_sealed"]
    is_right = await is_right_pin(sealer, terminal_id, operator_id, kept=kept, pin=pin)
    left = PIN_TRIES if is_right else row["tries_left"] - 1
    if left != row["tries_left"]:
        await tx.execute(queries.COUNT_TRIES, {**here, "left": left})
    if is_right:
        return await _begin(tx, row, now)
    details = {"operator_id": str(operator_id), "tries_left": left}
    await audit.record(tx, device, "terminal.pin_wrong", "terminal", terminal_id, details=details)
    return (
        Refused("operator_pin_wrong", tries_left=left) if left else Refused("full_sign_in_needed")
    )


async def _begin(tx: AsyncConnection, row: RowMapping, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = SignedIn(token, now + SESSION_LIFE, row["name"], row["role"])
    await tx.execute(
        queries.ADD_SESSION,
        {
            "token_hash": hash_of_token(token),
            "terminal_id": row["terminal_id"],
            "operator_id": row["operator_id"],
            "subject": row["subject"],
            "began_at": now,
            "expires_at": made.expires_at,
        },
    )
    person = Principal(row["subject"], row["name"], frozenset({row["role"]}), frozenset())
    await audit.record(tx, person, "terminal.signed_in", "terminal", row["terminal_id"])
    return made


async def sign_out(tx: AsyncConnection, token: str, now: datetime) -> None:
    """End the session of a token."""
    await tx.execute(queries.END_SESSION, {"hash": hash_of_token(token), "now": now})


async def operators_of(tx: AsyncConnection, terminal_id: UUID, now: datetime) -> list[Operator]:
    """Return who can sign in on a terminal, by name."""
    found = await tx.execute(queries.OF_TERMINAL, {"at_terminal": terminal_id})
    return [
        Operator(
            row["operator_id"],
            row["name"],
            row["role"],
            row["full_sign_in_at"] + FULL_SIGN_IN_LIFE,
            needs_full_sign_in(row["full_sign_in_at"], row["tries_left"], now),
        )
        for row in found.mappings()
    ]


async def remove_operator(
    tx: AsyncConnection, caller: Principal, terminal_id: UUID, operator_id: UUID, now: datetime
) -> None:
    """Take an operator off a terminal: the PIN and all sessions there end at once."""
    here = {"at_terminal": terminal_id, "of_operator": operator_id, "now": now}
    removed = await tx.execute(queries.REMOVE_OPERATOR, here)
    if removed.rowcount == 0:
        raise Refused("not_found")
    await tx.execute(queries.END_SESSIONS, here)
    details = {"operator_id": str(operator_id)}
    await audit.record(
        tx, caller, "terminal.operator_removed", "terminal", terminal_id, details=details
    )

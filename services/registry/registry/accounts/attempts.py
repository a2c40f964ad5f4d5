"""Counting failures, so that guessing gets slower and slower.

An attempt is counted as failed before it is judged, and forgiven when it was right: a hundred
guesses sent at once are a hundred failures, not one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import BlindIndex
from registry.accounts import queries
from registry.accounts.rules import (
    ACCOUNT_LIMIT,
    ADDRESS_LIMIT,
    CODE_LIMIT,
    Limit,
    left_over,
    network_of,
    wait_s,
)

# Longer than any limit remembers one that has led to the longest wait.
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Guess:
    """What is being guessed at, or from where; `key` does not show which."""

    limit: Limit
    key: bytes


def guess(index: BlindIndex, limit: Limit, value: str) -> Guess:
    """Return the counter for one value under one limit."""
    return Guess(limit, index.of(f"sign-in failures: {limit.name}", value))


def at_password(index: BlindIndex, username: str, address: str) -> tuple[Guess, ...]:
    """Return the counters of a password: the name that was given, and where it came from."""
    return (
        guess(index, ACCOUNT_LIMIT, username),
        guess(index, ADDRESS_LIMIT, network_of(address)),
    )


def at_code(index: BlindIndex, account_id: object) -> tuple[Guess, ...]:
    """Return the counter of a second factor."""
    return (guess(index, CODE_LIMIT, str(account_id)),)


async def begin(tx: AsyncConnection, guesses: Sequence[Guess], now: datetime) -> int:
    """Count an attempt; return 0, or for how many seconds there may be none."""
    ordered = sorted(guesses, key=lambda one: one.key)
    await tx.execute(queries.ENSURE_FAILURES, [{"key": one.key, "now": now} for one in ordered])
    found = await tx.execute(queries.LOCK_FAILURES, {"keys": [one.key for one in ordered]})
    rows = {row["key"]: row for row in found.mappings()}
    wait = max(_left_s(row, now) for row in rows.values())
    if wait:
        return wait
    for one in ordered:
        row = rows[one.key]
        passed_s = (now - row["last_failed_at"]).total_seconds()
        before, rest_s = left_over(one.limit, row["failures"], passed_s)
        failures = before + 1
        pause = wait_s(one.limit, failures)
        await tx.execute(
            queries.SET_FAILURES,
            {
                "key_": one.key,
                "failures_": failures,
                "at": now - timedelta(seconds=rest_s),
                "until": now + timedelta(seconds=pause) if pause else None,
            },
        )
    return 0


async def forgive(tx: AsyncConnection, guesses: Sequence[Guess]) -> None:
    """Take an attempt back that was right.

    What was guessed right is forgotten whole; an address only loses this one attempt, or one
    known password would be a licence to guess at others.
    """
    for one in sorted(guesses, key=lambda one: one.key):
        is_address = one.limit is ADDRESS_LIMIT
        await tx.execute(
            queries.FORGIVE_ONE if is_address else queries.FORGIVE_ALL, {"key_": one.key}
        )


async def tidy(tx: AsyncConnection, now: datetime) -> None:
    """Forget failures that no limit looks at any more."""
    await tx.execute(queries.DELETE_OLD_FAILURES, {"before": now - KEPT})


def _left_s(row: RowMapping, now: datetime) -> int:
    until = row["blocked_until"]
    return int((until - now).total_seconds()) + 1 if until and until > now else 0

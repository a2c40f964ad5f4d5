"""Judge and write any number of redemptions in one transaction, each with its own truth.

    situations = await lock_situations(tx, attempts)
    verdicts = judge_all(attempts, situations)              # pure: see rules_of_many
    versions = await record_many(tx, [one for one in verdicts if isinstance(one, Redemption)])

Where a version is None nothing was written for that line: judge it again, from the first step, in
the same transaction. Every lock is taken in one order, so that batches never wait in a circle, as
long as nothing else is locked before.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.cards import queries as cards
from redemption.entitlements import queries as entitlements
from redemption.partners import queries as partners
from redemption.redeeming.batch_queries import (
    EVENT,
    FIND,
    RECORD,
    RECORD_LATE,
    SITUATIONS,
    STORED,
)
from redemption.redeeming.lines import Redemption
from redemption.redeeming.rules import Attempt, Situation
from redemption.redeeming.statement_queries import Fetches, InTransaction, Statement

_WANTED = ("id", "entitlement_id", "cycle_id", "benefit_id", "subject_id")


async def lock_situations(tx: AsyncConnection, attempts: Sequence[Attempt]) -> list[Situation]:
    """Return what each attempt is judged by; the rights are held until the transaction ends."""
    return await situations_at(InTransaction(tx), attempts)


async def record_many(tx: AsyncConnection, redemptions: Sequence[Redemption]) -> list[int | None]:
    """Write lines and take from their rights; return the right's version after each line.

    None, with nothing written, where the id has a line already or the card has ceased to count
    since it was judged, and for all other lines of the same right, which were judged by a balance
    that is not so. Raises ValueError when an id is in it twice.
    """
    return await record_at(InTransaction(tx), redemptions)


async def record_late(tx: AsyncConnection, redemptions: Sequence[Redemption]) -> list[int | None]:
    """Do what record_many does for lines of a journal: whether their cards counted was judged."""
    return await record_at(InTransaction(tx), redemptions, RECORD_LATE)


async def find_many(tx: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Redemption]:
    """Return the lines that have these ids."""
    return await find_at(InTransaction(tx), ids)


async def situations_at(
    place: Fetches, attempts: Sequence[Attempt], *, lock_timeout: str | None = None
) -> list[Situation]:
    """Do what lock_situations does, on a connection that is in a transaction.

    `lock_timeout` ("300ms") is how long a right that somebody else holds is waited for, where that
    is to be shorter than the connection's own; it counts until the transaction ends.
    """
    if not attempts:
        return []
    values: dict[str, Any] = {
        f"asked_{name}": [getattr(one.wanted, name) for one in attempts] for name in _WANTED
    }
    values["asked_card_id"] = [one.card_id for one in attempts]
    values["asked_partner_id"] = [one.partner_id for one in attempts]
    # Whoever wrote a journal's line may have signed out since.
    now = [one.terminal_id if one.said_at is None else None for one in attempts]
    values["asked_terminal_id"] = now
    values["asked_operator"] = [one.operator for one in attempts]
    values["lock_timeout"] = lock_timeout
    values["id_locks"] = sorted({id_lock(one.wanted.id) for one in attempts})
    found: list[Situation] = [Situation(None, None, None)] * len(attempts)
    for row in await SITUATIONS.fetch(place, values):
        found[row["nth"] - 1] = _situation_of(row)
    return found


def id_lock(redemption_id: UUID) -> int:
    """Return the number of the lock by which attempts with one id wait for each other.

    It is the random part of a UUIDv7; two ids that share it wait for each other, no more.
    """
    return int.from_bytes(redemption_id.bytes[8:], signed=True)


def _situation_of(row: Any) -> Situation:
    has_partner = row["partner_id"] is not None
    return Situation(
        partner=partners.partner_of(row, "partner_") if has_partner else None,
        card=cards.card_of(row),
        entitlement=entitlements.entitlement_of(row),
        has_line=row["has_line"],
        why_not_served=row["why_not_served"],
    )


async def record_at(
    place: Fetches,
    redemptions: Sequence[Redemption],
    statement: Statement = RECORD,
    *,
    told: Sequence[Mapping[str, Any]] = (),
) -> list[int | None]:
    """Do what record_many does, on a connection that is in a transaction.

    `told` are rows for the outbox (common.outbox.row_of), which are written if every line is.
    """
    if not redemptions:
        return []
    if len({one.id for one in redemptions}) < len(redemptions):
        raise ValueError("two lines with one id")
    values = {f"line_{name}": [getattr(one, name) for one in redemptions] for name in STORED}
    values |= {f"event_{name}": [one[name] for one in told] for name in EVENT}
    versions: list[int | None] = [None] * len(redemptions)
    for row in await statement.fetch(place, values):
        versions[row["nth"] - 1] = row["version"]
    return versions


async def find_at(place: Fetches, ids: Sequence[UUID]) -> dict[UUID, Redemption]:
    """Do what find_many does, on a connection."""
    rows = await FIND.fetch(place, {"ids": list(ids)}) if ids else []
    return {row["id"]: Redemption(**row) for row in rows}

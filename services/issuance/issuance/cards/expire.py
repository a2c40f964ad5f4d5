"""End the cards whose day has come, so that their households can have new ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.worker import every
from issuance.cards import queries
from issuance.cards.tell import Change, tell_steps

ACTOR = "expiry"
EXPIRED_AT_ONCE_MAX = 10_000
EXPIRE_EVERY_S = 60.0


async def expire_some(tx: AsyncConnection, now: datetime) -> int:
    """End some cards whose last moment is over, also those still on their way; return how many.

    Verifiers are not told: each reads the last moment in the card itself.
    """
    asked = {"now": now, "limit": EXPIRED_AT_ONCE_MAX, "actor": ACTOR}
    return await _end(tx, queries.EXPIRE_SOME, asked)


async def expire_of(tx: AsyncConnection, household_ids: Sequence[UUID], now: datetime) -> int:
    """End these households' cards whose last moment is over; return how many."""
    asked = {"now": now, "limit": EXPIRED_AT_ONCE_MAX, "actor": ACTOR}
    return await _end(tx, queries.EXPIRE_OF, {**asked, "household_ids": list(household_ids)})


async def _end(tx: AsyncConnection, statement: TextClause, asked: dict[str, Any]) -> int:
    ended = (await tx.execute(statement, asked)).mappings().all()
    await tell_steps(tx, ended, Change("", "over", "", asked["now"]))
    return len(ended)


async def expire_cards(engine: AsyncEngine) -> None:
    """End cards as their day comes, for ever."""
    await every(EXPIRE_EVERY_S, engine, lambda tx: expire_some(tx, clock.utc_now()))

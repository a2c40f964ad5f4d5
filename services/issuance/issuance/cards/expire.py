"""End the cards whose day has come, so that their households can have new ones."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.worker import every
from issuance.cards import queries

ACTOR = "expiry"
EXPIRED_AT_ONCE_MAX = 10_000
EXPIRE_EVERY_S = 60.0


async def expire_some(tx: AsyncConnection, now: datetime) -> int:
    """End some cards whose last moment is over; return how many.

    Nobody is told: every verifier reads the last moment in the card itself.
    """
    asked = {"now": now, "limit": EXPIRED_AT_ONCE_MAX, "actor": ACTOR}
    return int((await tx.execute(queries.EXPIRE_SOME, asked)).rowcount)


async def expire_of(tx: AsyncConnection, household_ids: Sequence[UUID], now: datetime) -> int:
    """End these households' cards whose last moment is over; return how many."""
    asked = {"now": now, "limit": EXPIRED_AT_ONCE_MAX, "actor": ACTOR}
    found = await tx.execute(queries.EXPIRE_OF, {**asked, "household_ids": list(household_ids)})
    return int(found.rowcount)


async def expire_cards(engine: AsyncEngine) -> None:
    """End cards as their day comes, for ever."""
    await every(EXPIRE_EVERY_S, engine, lambda tx: expire_some(tx, clock.utc_now()))

"""What is left of a right expires when its cycle is over, as a line of the ledger.

In batches, each its own transaction: whoever is stopped halfway begins again and finds only what
is still there, so that nothing expires twice and nothing is forgotten.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.database import is_database_away
from common.web.formats import in_wib

BATCH = 1000
EVERY_S = 3600.0
FIRST = UUID(int=0)
CYCLES_TO_CLOSE = text("""
    SELECT c.id FROM cycles c WHERE c.closes_on < :today AND EXISTS (
        SELECT 1 FROM entitlements e WHERE e.cycle_id = c.id
          AND (e.remaining_quantity > 0 OR e.remaining_rupiah > 0))
    ORDER BY c.closes_on, c.id
""")
# Left alone: what goes on after the end of its enrolment, what is set aside for a terminal, what
# somebody holds at this moment (the next round takes it), and cash that a bank sent back.
EXPIRE = text("""
    WITH due AS (
        SELECT e.household_id, e.cycle_id, e.benefit_id, e.subject_id, e.remaining_quantity,
               e.remaining_rupiah
        FROM entitlements e
        WHERE e.cycle_id = :cycle_id AND (e.household_id, e.benefit_id, e.subject_id)
                > (:household_id, :benefit_id, :subject_id)
          AND e.household_id >= :household_id
          AND (e.remaining_quantity > 0 OR e.remaining_rupiah > 0)
          AND (e.ends_at IS NULL OR e.ends_at <= :at)
          AND (e.leased_until IS NULL OR e.leased_until <= :at)
          AND NOT EXISTS (
              SELECT 1 FROM payout_returns r
              WHERE (r.household_id, r.cycle_id, r.benefit_id, r.subject_id)
                  = (e.household_id, e.cycle_id, e.benefit_id, e.subject_id))
        ORDER BY e.household_id, e.cycle_id, e.benefit_id, e.subject_id LIMIT :rows
        FOR UPDATE OF e SKIP LOCKED
    ), line AS (
        INSERT INTO expiries (household_id, cycle_id, benefit_id, subject_id, quantity,
                              amount_rupiah, expired_at)
        SELECT household_id, cycle_id, benefit_id, subject_id, remaining_quantity,
               remaining_rupiah, :at FROM due
        RETURNING household_id, cycle_id, benefit_id, subject_id
    )
    UPDATE entitlements e SET remaining_quantity = 0, remaining_rupiah = 0, version = version + 1
    FROM line l
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (l.household_id, l.cycle_id, l.benefit_id, l.subject_id)
    RETURNING e.household_id, e.benefit_id, e.subject_id
""")


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a round has come in the order of the key."""

    household_id: UUID = FIRST
    benefit_id: UUID = FIRST
    subject_id: UUID = FIRST


async def expire_batch(
    tx: AsyncConnection, cycle_id: UUID, after: Place, at: datetime
) -> tuple[int, Place | None]:
    """Let up to BATCH rights of a cycle expire; return how many, and where to go on, if anywhere.

    The caller has seen that the cycle is over.
    """
    found = await tx.execute(
        EXPIRE,
        {
            "cycle_id": cycle_id,
            "household_id": after.household_id,
            "benefit_id": after.benefit_id,
            "subject_id": after.subject_id,
            "at": at,
            "rows": BATCH,
        },
    )
    places = [Place(*row) for row in found]
    if len(places) < BATCH:
        return len(places), None
    return len(places), max(places, key=lambda p: (p.household_id, p.benefit_id, p.subject_id))


async def expire_cycles(engine: AsyncEngine, at: datetime | None = None) -> dict[UUID, int]:
    """Let expire what is left of every cycle that is over; return how many rights, by cycle."""
    moment = at or clock.utc_now()
    async with engine.begin() as tx:
        cycle_ids = (await tx.scalars(CYCLES_TO_CLOSE, {"today": in_wib(moment).date()})).all()
    expired = dict.fromkeys(cycle_ids, 0)
    for cycle_id in cycle_ids:
        place: Place | None = Place()
        while place is not None:
            async with engine.begin() as tx:
                count, place = await expire_batch(tx, cycle_id, place, moment)
            expired[cycle_id] += count
    return {cycle_id: count for cycle_id, count in expired.items() if count}


async def expire_for_ever(engine: AsyncEngine) -> None:
    """Look every hour for cycles that are over; a job of the worker."""
    while True:
        try:
            expired = await expire_cycles(engine)
            if expired:
                log.info("rights expired", rights=sum(expired.values()), cycles=len(expired))
        except Exception as error:  # noqa: BLE001 - the next round begins where this one stopped
            if not is_database_away(error):
                log.error("expiring failed", kind=type(error).__name__)
        await asyncio.sleep(EVERY_S)

"""The SQL statement that lists the cycles of which a bank can be told to pay cash."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Also those that are over: what a bank has returned is paid all the same.
CASH_CYCLES = text("""
    SELECT c.id, c.programme_name_id, c.programme_name_en, c.name, c.opens_on, c.closes_on
    FROM cycles c WHERE c.opens_on <= :today AND EXISTS (
        SELECT 1 FROM benefits b WHERE b.cycle_id = c.id AND b.kind = 'cash')
    ORDER BY c.closes_on DESC, c.name, c.id LIMIT :rows
""")

CYCLE_NAME = text(
    "SELECT programme_name_id, programme_name_en, name FROM cycles WHERE id = :cycle_id"
)


async def cycle_name(tx: AsyncConnection, cycle_id: UUID) -> RowMapping | None:
    """Return how people call a cycle and its programme."""
    found = await tx.execute(CYCLE_NAME, {"cycle_id": cycle_id})
    return found.mappings().one_or_none()


async def cash_cycles(tx: AsyncConnection, today: date, rows: int) -> Sequence[RowMapping]:
    """Return the cycles that give cash and have begun, the latest first."""
    return (await tx.execute(CASH_CYCLES, {"today": today, "rows": rows})).mappings().all()

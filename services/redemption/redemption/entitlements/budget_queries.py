"""Every SQL statement about ceilings of cycles."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.budget_tables import budget_raises, budgets

# The first to say what a cycle may cost sets its ceiling; never below what was opened before
# anybody had said it.
SAY = text("""
    INSERT INTO budgets AS known (cycle_id, said_rupiah, ceiling_rupiah)
    VALUES (:cycle_id, CAST(:said_rupiah AS bigint), CAST(:said_rupiah AS bigint))
    ON CONFLICT (cycle_id) DO UPDATE SET
        said_rupiah = coalesce(known.said_rupiah, excluded.said_rupiah),
        ceiling_rupiah = coalesce(known.ceiling_rupiah,
            greatest(excluded.ceiling_rupiah,
                CASE WHEN excluded.ceiling_rupiah IS NOT NULL THEN known.opened_rupiah END))
    RETURNING said_rupiah
""")
SHOWN_MAX = 200
BUDGETS = text("""
    SELECT c.id AS cycle_id, c.programme_name_id, c.programme_name_en, c.name AS cycle_name,
           c.opens_on, c.closes_on, b.said_rupiah, b.ceiling_rupiah, b.opened_rupiah,
           coalesce(h.batches, 0) AS held_batches, coalesce(h.families, 0) AS held_families,
           coalesce(h.needed_rupiah, 0) AS held_rupiah
    FROM cycles c JOIN budgets b ON b.cycle_id = c.id
    LEFT JOIN (
        SELECT cycle_id, count(*) AS batches, sum(families) AS families,
               CAST(sum(needed_rupiah) AS bigint) AS needed_rupiah
        FROM held_openings WHERE opened_at IS NULL GROUP BY cycle_id) h ON h.cycle_id = c.id
    ORDER BY c.closes_on DESC, c.programme_name_id, c.id LIMIT :rows
""")
HELD = text("""
    SELECT h.list_id, h.batch, h.families, h.needed_rupiah, h.held_at, h.opened_at,
           h.opened_by_name, l.decree_number, l.region_code
    FROM held_openings h JOIN beneficiary_lists l ON l.id = h.list_id
    WHERE h.cycle_id = :cycle_id
    ORDER BY (h.opened_at IS NOT NULL), h.held_at, h.list_id, h.batch LIMIT :rows
""")
LOCK = select(budgets).where(budgets.c.cycle_id == bindparam("cycle_id")).with_for_update()
_raise = budget_raises.c
ADD_RAISE = insert(budget_raises)
FIND_RAISE = select(budget_raises).where(_raise.id == bindparam("raise_id"))
OPEN_RAISE_OF = select(_raise.id).where(
    _raise.cycle_id == bindparam("cycle_id"), _raise.outcome.is_(None)
)
RAISES = select(budget_raises).order_by(_raise.proposed_at.desc(), _raise.id).limit(SHOWN_MAX)
DECIDE_RAISE = (
    update(budget_raises)
    .where(_raise.id == bindparam("raise_id"))
    .values(
        outcome=bindparam("new_outcome"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=bindparam("at"),
    )
)
RAISE = (
    update(budgets)
    .where(budgets.c.cycle_id == bindparam("this_cycle"))
    .values(ceiling_rupiah=bindparam("new_ceiling"))
)
# What an approved adjustment adds to a right is the cycle's money too.
TAKE = text("""
    UPDATE budgets SET opened_rupiah = opened_rupiah + :rupiah
    WHERE cycle_id = :cycle_id
      AND (ceiling_rupiah IS NULL OR opened_rupiah + :rupiah <= ceiling_rupiah)
    RETURNING opened_rupiah
""")


async def say(tx: AsyncConnection, row: dict[str, Any]) -> bool:
    """Note what a cycle may cost; False when something else was said before."""
    known = await tx.scalar(SAY, row)
    return row["said_rupiah"] is None or known == row["said_rupiah"]


async def overview(tx: AsyncConnection) -> list[RowMapping]:
    """Return what each cycle may cost, what was opened of it, and what waits; newest first."""
    return list((await tx.execute(BUDGETS, {"rows": SHOWN_MAX})).mappings())


async def held_of(tx: AsyncConnection, cycle_id: UUID) -> list[RowMapping]:
    """Return batches of a cycle that wait for a higher ceiling, then those that waited once."""
    found = await tx.execute(HELD, {"cycle_id": cycle_id, "rows": SHOWN_MAX})
    return list(found.mappings())


async def lock(tx: AsyncConnection, cycle_id: UUID) -> RowMapping | None:
    """Return a cycle's budget, held until the transaction ends."""
    found = await tx.execute(LOCK, {"cycle_id": cycle_id})
    return found.mappings().one_or_none()


async def take(tx: AsyncConnection, cycle_id: UUID, rupiah: int) -> bool:
    """Take from what a cycle may cost; False, with nothing done, when there is not enough."""
    asked = {"cycle_id": cycle_id, "rupiah": rupiah}
    return (await tx.execute(TAKE, asked)).first() is not None


async def add_raise(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write a proposal to raise a ceiling."""
    await tx.execute(ADD_RAISE, row)


async def find_raise(tx: AsyncConnection, raise_id: UUID) -> RowMapping | None:
    """Return a proposal to raise a ceiling."""
    found = await tx.execute(FIND_RAISE, {"raise_id": raise_id})
    return found.mappings().one_or_none()


async def has_open_raise(tx: AsyncConnection, cycle_id: UUID) -> bool:
    """Tell whether a proposal for this cycle waits for a decision."""
    return (await tx.scalar(OPEN_RAISE_OF, {"cycle_id": cycle_id})) is not None


async def raises(tx: AsyncConnection) -> list[RowMapping]:
    """Return proposed and decided raises, newest first."""
    return list((await tx.execute(RAISES)).mappings())


async def decide_raise(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write down what was decided on a proposal."""
    await tx.execute(DECIDE_RAISE, row)


async def raise_ceiling(tx: AsyncConnection, cycle_id: UUID, ceiling_rupiah: int) -> None:
    """Let a cycle cost more."""
    await tx.execute(RAISE, {"this_cycle": cycle_id, "new_ceiling": ceiling_rupiah})

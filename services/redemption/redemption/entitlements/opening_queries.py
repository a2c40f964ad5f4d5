"""The SQL statements that give rights, within the ceiling of their cycle."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.budget_tables import held_openings

# The id follows from what the right is (RFC 9562 §5.8): whatever order events come in, and however
# often a service is rebuilt from them, a right has the same id. `concat` leaves out the person
# where the right is the family's.
_ID = """
    CAST(overlay(overlay(left(encode(sha256(convert_to(
        concat(e.household_id, b.cycle_id, b.id, p.person_id), 'UTF8')), 'hex'), 32)
        placing '8' from 13) placing 'a' from 17) AS uuid)
"""
# What a family of a list is to have, and its persons whom the list names.
_WANTED = """
    FROM unnest(CAST(:household_ids AS uuid[])) AS e(household_id)
    CROSS JOIN (
        SELECT t.* FROM benefits t JOIN beneficiary_lists l
            ON l.cycle_id = t.cycle_id AND t.id = ANY(l.benefit_ids) WHERE l.id = :list_id) b
    LEFT JOIN enrolled_persons p ON b.subject = 'person' AND p.household_id = e.household_id
        AND p.list_id = :list_id AND b.id = ANY(p.benefit_ids)
    LEFT JOIN enrolment_standings s
        ON s.household_id = e.household_id AND s.cycle_id = b.cycle_id
    WHERE (b.subject = 'household' OR p.person_id IS NOT NULL)
"""
# A right that is there already (from another list) stays: one in a cycle. In the order of the key,
# so that two lists that share families never wait in a circle. The ceiling's row is taken last
# and held for as short as can be; no row comes back when it would be passed.
OPEN = text(f"""
    WITH added AS (
        INSERT INTO entitlements (household_id, cycle_id, benefit_id, subject_id, id,
            remaining_quantity, remaining_rupiah, version, standing, ends_at)
        SELECT e.household_id, b.cycle_id, b.id, coalesce(p.person_id, e.household_id), {_ID},
            b.granted_quantity, b.granted_rupiah, 1, coalesce(s.standing, 'running'),
            CASE WHEN b.id = ANY(s.kept_benefit_ids) THEN greatest(s.ended_at, s.grace_until)
                ELSE s.ended_at END
        {_WANTED}
        ORDER BY e.household_id, b.id, p.person_id
        ON CONFLICT DO NOTHING
        RETURNING household_id, cycle_id, benefit_id, subject_id, remaining_quantity,
            remaining_rupiah
    ), granted AS (
        INSERT INTO grants (household_id, cycle_id, benefit_id, subject_id, quantity,
            amount_rupiah)
        SELECT household_id, cycle_id, benefit_id, subject_id, remaining_quantity,
            remaining_rupiah FROM added
        RETURNING amount_rupiah
    ), cost AS (SELECT coalesce(sum(amount_rupiah), 0) AS rupiah FROM granted)
    UPDATE budgets SET opened_rupiah = opened_rupiah + cost.rupiah FROM cost
    WHERE cycle_id = :cycle_id
      AND (ceiling_rupiah IS NULL OR opened_rupiah + cost.rupiah <= ceiling_rupiah)
    RETURNING opened_rupiah
""")  # noqa: S608
COST = text(f"""
    SELECT coalesce(sum(b.granted_rupiah), 0) {_WANTED} AND NOT EXISTS (
        SELECT 1 FROM entitlements n
        WHERE n.household_id = e.household_id AND n.cycle_id = b.cycle_id
          AND n.benefit_id = b.id AND n.subject_id = coalesce(p.person_id, e.household_id))
""")  # noqa: S608
HOLD = text("""
    INSERT INTO held_openings (list_id, batch, cycle_id, families, needed_rupiah)
    VALUES (:list_id, :batch, :cycle_id, :families, :needed_rupiah) ON CONFLICT DO NOTHING
""")
_held = held_openings.c
IS_HELD = select(_held.batch).where(
    _held.list_id == bindparam("list_id"), _held.batch == bindparam("batch")
)
NEXT_HELD = (
    select(held_openings)
    .where(_held.cycle_id == bindparam("cycle_id"), _held.opened_at.is_(None))
    .order_by(_held.held_at, _held.list_id, _held.batch)
    .limit(bindparam("rows"))
    .with_for_update()
)
OPENED = (
    update(held_openings)
    .where(_held.list_id == bindparam("this_list"), _held.batch == bindparam("this_batch"))
    .values(
        opened_by=bindparam("person"),
        opened_by_name=bindparam("person_name"),
        opened_at=bindparam("at"),
    )
)


async def open_families(
    tx: AsyncConnection, list_id: UUID, cycle_id: UUID, household_ids: Sequence[UUID]
) -> bool:
    """Give families of a list their rights; False when they cost more than the cycle has left.

    Then everything this statement did has to be undone by the caller.
    """
    asked = {"list_id": list_id, "cycle_id": cycle_id, "household_ids": list(household_ids)}
    return (await tx.execute(OPEN, asked)).first() is not None


async def cost_of(tx: AsyncConnection, list_id: UUID, household_ids: Sequence[UUID]) -> int:
    """Return what the rights would cost that these families of a list do not have yet."""
    asked = {"list_id": list_id, "household_ids": list(household_ids)}
    return int(await tx.scalar(COST, asked) or 0)


async def hold(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Keep a batch until there is money for it."""
    await tx.execute(HOLD, row)


async def is_held(tx: AsyncConnection, list_id: UUID, batch: int) -> bool:
    """Tell whether a batch was held once; from then on a person opens it."""
    return (await tx.scalar(IS_HELD, {"list_id": list_id, "batch": batch})) is not None


async def next_held(tx: AsyncConnection, cycle_id: UUID, rows: int) -> list[RowMapping]:
    """Return batches of a cycle that wait, the oldest first, held until the transaction ends."""
    found = await tx.execute(NEXT_HELD, {"cycle_id": cycle_id, "rows": rows})
    return list(found.mappings())


async def note_opened(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write down who opened a batch."""
    await tx.execute(OPENED, row)

"""Every SQL statement about changes of a right by people."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.line_tables import adjustment_proposals

SHOWN_MAX = 200
_p = adjustment_proposals.c
ADD = insert(adjustment_proposals)
FIND = select(adjustment_proposals).where(_p.id == bindparam("proposal_id"))
LOCK = FIND.with_for_update()
DECIDE = (
    update(adjustment_proposals)
    .where(_p.id == bindparam("this_id"))
    .values(
        outcome=bindparam("new_outcome"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=bindparam("at"),
    )
)
# One statement: the line first, then the balance.
APPLY = text("""
    WITH line AS (
        INSERT INTO adjustments (id, household_id, cycle_id, benefit_id, subject_id, quantity,
            amount_rupiah, reason, proposed_by, approved_by, approved_by_name, adjusted_at)
        SELECT id, household_id, cycle_id, benefit_id, subject_id, quantity, amount_rupiah,
            reason, proposed_by, :person, :person_name, :at
        FROM adjustment_proposals WHERE id = :proposal_id
        RETURNING household_id, cycle_id, benefit_id, subject_id, quantity, amount_rupiah
    )
    UPDATE entitlements e SET remaining_quantity = e.remaining_quantity + l.quantity,
        remaining_rupiah = e.remaining_rupiah + l.amount_rupiah, version = e.version + 1
    FROM line l
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (l.household_id, l.cycle_id, l.benefit_id, l.subject_id)
""")
QUEUE = text("""
    SELECT p.*, e.id AS entitlement_id, e.remaining_quantity, e.remaining_rupiah,
           b.name_id, b.name_en, b.kind, c.name AS cycle_name,
           c.programme_name_id, c.programme_name_en
    FROM adjustment_proposals p
    JOIN benefits b ON b.cycle_id = p.cycle_id AND b.id = p.benefit_id
    JOIN cycles c ON c.id = p.cycle_id
    JOIN entitlements e ON (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (p.household_id, p.cycle_id, p.benefit_id, p.subject_id)
    WHERE (p.outcome IS NULL OR p.household_id = :household_id)
      AND (CAST(:household_id AS uuid) IS NULL OR p.household_id = :household_id)
      AND EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS r(code)
          WHERE p.region_code = r.code OR p.region_code LIKE r.code || '.%')
    ORDER BY (p.outcome IS NOT NULL), p.proposed_at DESC, p.id LIMIT :rows
""")
REGION_OF = text("""
    SELECT n.region_code FROM enrolments n JOIN beneficiary_lists l ON l.id = n.list_id
    WHERE n.household_id = :household_id ORDER BY l.approved_at DESC, l.id LIMIT 1
""")


async def region_of(tx: AsyncConnection, household_id: UUID) -> str | None:
    """Return where a family lived when it was last put on a list."""
    region: str | None = await tx.scalar(REGION_OF, {"household_id": household_id})
    return region


async def add(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write a proposed change."""
    await tx.execute(ADD, row)


async def find(tx: AsyncConnection, proposal_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a proposed change; held until the transaction ends if asked."""
    found = await tx.execute(LOCK if lock else FIND, {"proposal_id": proposal_id})
    return found.mappings().one_or_none()


async def decide(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write down what was decided."""
    await tx.execute(DECIDE, row)


async def apply(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write the line of an approved change, and change the balance with it."""
    await tx.execute(APPLY, row)


async def queue(
    tx: AsyncConnection, regions: tuple[str, ...], household_id: UUID | None = None
) -> list[RowMapping]:
    """Return what waits for a decision in some regions; of one family, what was decided too."""
    asked = {"regions": list(regions), "household_id": household_id, "rows": SHOWN_MAX}
    return list((await tx.execute(QUEUE, asked)).mappings())

"""The SQL statements by which rights to cash are taken for a payment order, and given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CashRight:
    """A right to cash, whole."""

    household_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    subject_id: UUID
    entitlement_id: UUID
    amount_rupiah: int
    # Of the list on which the family came.
    region_code: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A line of a payment order: its id (made once, kept when it is tried again) and its right."""

    id: UUID
    right: CashRight


# A right can be paid while it can be collected; and after its cycle only when a bank returned it,
# because the family did nothing wrong.
_PAYABLE = """
    b.kind = 'cash' AND e.remaining_rupiah > 0 AND e.standing <> 'suspended'
    AND (e.ends_at IS NULL OR e.ends_at > :at)
    AND (e.leased_until IS NULL OR e.leased_until <= :at)
    AND c.opens_on <= :today
    AND (c.closes_on >= :today OR e.ends_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM payout_returns r
        WHERE (r.household_id, r.cycle_id, r.benefit_id, r.subject_id)
            = (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)))
"""
RIGHTS_TO_PAY = text(f"""
    SELECT e.household_id, e.cycle_id, e.benefit_id, e.subject_id, e.id AS entitlement_id,
           e.remaining_rupiah AS amount_rupiah,
           (SELECT n.region_code FROM enrolments n JOIN beneficiary_lists l ON l.id = n.list_id
            WHERE n.household_id = e.household_id AND l.cycle_id = e.cycle_id LIMIT 1)
               AS region_code
    FROM entitlements e
    JOIN benefits b ON b.cycle_id = e.cycle_id AND b.id = e.benefit_id
    JOIN cycles c ON c.id = e.cycle_id
    WHERE e.cycle_id = :cycle_id AND {_PAYABLE}
      AND (e.household_id, e.benefit_id, e.subject_id)
        > (CAST(:after_household AS uuid), CAST(:after_benefit AS uuid),
           CAST(:after_subject AS uuid))
    ORDER BY e.household_id, e.benefit_id, e.subject_id LIMIT :rows
""")  # noqa: S608
# The lines first, then the balances: in one statement, so that neither is ever without the other.
TAKE_WHOLE = text(f"""
    WITH held AS (
        SELECT w.id AS payout_id, e.household_id, e.cycle_id, e.benefit_id, e.subject_id,
               e.remaining_quantity, e.remaining_rupiah
        FROM unnest(CAST(:ids AS uuid[]), CAST(:household_ids AS uuid[]),
                    CAST(:cycle_ids AS uuid[]), CAST(:benefit_ids AS uuid[]),
                    CAST(:subject_ids AS uuid[]), CAST(:amounts AS bigint[]))
            AS w(id, household_id, cycle_id, benefit_id, subject_id, amount)
        JOIN entitlements e USING (household_id, cycle_id, benefit_id, subject_id)
        JOIN benefits b ON b.cycle_id = e.cycle_id AND b.id = e.benefit_id
        JOIN cycles c ON c.id = e.cycle_id
        WHERE e.remaining_rupiah = w.amount AND {_PAYABLE}
          AND NOT EXISTS (SELECT 1 FROM payouts p
                          WHERE p.id = w.id AND p.household_id = w.household_id)
        ORDER BY e.household_id, e.cycle_id, e.benefit_id, e.subject_id
        FOR UPDATE OF e
    ), line AS (
        INSERT INTO payouts (id, household_id, cycle_id, benefit_id, subject_id, quantity,
                             amount_rupiah, partner_id, ordered_by, ordered_at)
        SELECT payout_id, household_id, cycle_id, benefit_id, subject_id, remaining_quantity,
               remaining_rupiah, :bank_id, :by, :at FROM held
        RETURNING household_id, cycle_id, benefit_id, subject_id
    )
    UPDATE entitlements e SET remaining_quantity = 0, remaining_rupiah = 0, version = version + 1
    FROM line l
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (l.household_id, l.cycle_id, l.benefit_id, l.subject_id)
""")  # noqa: S608
TAKEN = text("""
    SELECT p.id, p.amount_rupiah FROM payouts p
    WHERE (p.id, p.household_id) IN
        (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:household_ids AS uuid[])))
""")
GIVE_BACK = text("""
    WITH held AS (
        SELECT p.id AS payout_id, w.reason, p.household_id, p.cycle_id, p.benefit_id,
               p.subject_id, p.quantity, p.amount_rupiah
        FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS w(id, reason)
        JOIN payouts p ON p.id = w.id
        JOIN entitlements e USING (household_id, cycle_id, benefit_id, subject_id)
        ORDER BY e.household_id, e.cycle_id, e.benefit_id, e.subject_id
        FOR UPDATE OF e
    ), line AS (
        INSERT INTO payout_returns (payout_id, household_id, cycle_id, benefit_id, subject_id,
                                    quantity, amount_rupiah, reason)
        SELECT payout_id, household_id, cycle_id, benefit_id, subject_id, quantity, amount_rupiah,
               reason FROM held
        ON CONFLICT DO NOTHING
        RETURNING household_id, cycle_id, benefit_id, subject_id, quantity, amount_rupiah
    )
    UPDATE entitlements e SET remaining_quantity = e.remaining_quantity + l.quantity,
        remaining_rupiah = e.remaining_rupiah + l.amount_rupiah, version = e.version + 1
    FROM line l
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (l.household_id, l.cycle_id, l.benefit_id, l.subject_id)
""")

IN_ORDER_OF_RIGHTS = text("""
    SELECT id FROM payouts WHERE id = ANY(CAST(:ids AS uuid[]))
    ORDER BY household_id, cycle_id, benefit_id, subject_id
""")


async def rights_to_pay(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    at: datetime,
    today: date,
    after: CashRight | None,
    rows: int,
) -> list[CashRight]:
    """Return rights to cash that a bank can be told to pay."""
    asked = {
        "cycle_id": cycle_id,
        "at": at,
        "today": today,
        "rows": rows,
        "after_household": after.household_id if after else FIRST,
        "after_benefit": after.benefit_id if after else FIRST,
        "after_subject": after.subject_id if after else FIRST,
    }
    return [CashRight(**row) for row in (await tx.execute(RIGHTS_TO_PAY, asked)).mappings()]


async def take_whole(
    tx: AsyncConnection,
    orders: Sequence[Order],
    *,
    bank_id: UUID,
    by: str,
    at: datetime,
    today: date,
) -> dict[UUID, int]:
    """Write the lines and empty the rights; return what was taken, now or before, by id."""
    ids = [one.id for one in orders]
    household_ids = [one.right.household_id for one in orders]
    asked = {
        "ids": ids,
        "household_ids": household_ids,
        "cycle_ids": [one.right.cycle_id for one in orders],
        "benefit_ids": [one.right.benefit_id for one in orders],
        "subject_ids": [one.right.subject_id for one in orders],
        "amounts": [one.right.amount_rupiah for one in orders],
        "bank_id": bank_id,
        "by": by,
        "at": at,
        "today": today,
    }
    await tx.execute(TAKE_WHOLE, asked)
    taken = await tx.execute(TAKEN, {"ids": ids, "household_ids": household_ids})
    return {row.id: row.amount_rupiah for row in taken}


async def in_order_of_rights(tx: AsyncConnection, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Return orders' ids in the order of the rights that they took, as everyone locks those."""
    return (await tx.execute(IN_ORDER_OF_RIGHTS, {"ids": list(ids)})).scalars().all()


async def give_back(tx: AsyncConnection, reasons: dict[UUID, str]) -> int:
    """Write the lines that undo some orders, and fill the rights again."""
    asked = {"ids": list(reasons), "reasons": list(reasons.values())}
    return int((await tx.execute(GIVE_BACK, asked)).rowcount)

"""Every SQL statement by which rights are set aside for a terminal, and are free again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The benefits of cycles that have not closed; those that have not opened yet are left out, because
# what is set aside can be given at once.
OPEN_BENEFITS = text("""
    SELECT b.cycle_id, b.id AS benefit_id, b.code, b.kind, b.name_id, b.name_en, b.unit_rupiah,
        b.subject, b.goods_categories, b.partner_kinds, c.opens_on, c.closes_on, c.programme_code
    FROM benefits b JOIN cycles c ON c.id = b.cycle_id
    WHERE c.opens_on <= :today AND c.closes_on >= :today
    ORDER BY c.opens_on, b.name_id, b.cycle_id, b.id
""")
# What one of some benefits is worth, whether or not a family has a right to it.
WORTH = text("""
    SELECT b.cycle_id, b.id AS benefit_id, b.kind, b.unit_rupiah FROM benefits b
    WHERE (b.cycle_id, b.id) IN (
        SELECT * FROM unnest(CAST(:cycle_ids AS uuid[]), CAST(:benefit_ids AS uuid[])))
""")
_RIGHT = """e.household_id, e.id AS entitlement_id, e.cycle_id, e.benefit_id, e.subject_id,
        e.remaining_quantity, e.remaining_rupiah"""
# Only what runs, is not used up, and is not set aside for another terminal. The rows are locked in
# the order of their key, and looked at again once they are held: of two terminals that ask for
# one village at the same moment each right goes to one.
SET_ASIDE = text(f"""
    WITH wanted AS (
        SELECT e.household_id, e.cycle_id, e.benefit_id, e.subject_id
        FROM entitlements e
        WHERE e.household_id = ANY(CAST(:household_ids AS uuid[]))
          AND (e.cycle_id, e.benefit_id) IN (
              SELECT * FROM unnest(CAST(:cycle_ids AS uuid[]), CAST(:benefit_ids AS uuid[])))
          AND e.standing = 'running' AND (e.ends_at IS NULL OR e.ends_at > :now)
          AND (e.remaining_quantity > 0 OR e.remaining_rupiah > 0)
          AND (e.leased_until IS NULL OR e.leased_until <= :now
               OR e.lease_terminal_id = :terminal_id)
        ORDER BY e.household_id, e.cycle_id, e.benefit_id, e.subject_id
        FOR UPDATE OF e)
    UPDATE entitlements e
    SET lease_id = :lease_id, lease_terminal_id = :terminal_id, leased_until = :until
    FROM wanted w
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (w.household_id, w.cycle_id, w.benefit_id, w.subject_id)
    RETURNING {_RIGHT}
""")  # noqa: S608 - our own words only
OF_LEASE = text(f"SELECT {_RIGHT} FROM entitlements e WHERE e.lease_id = :lease_id")  # noqa: S608
_FREE = """
    WITH held AS (
        SELECT e.household_id, e.cycle_id, e.benefit_id, e.subject_id FROM entitlements e
        WHERE {which}
        ORDER BY e.household_id, e.cycle_id, e.benefit_id, e.subject_id FOR UPDATE OF e)
    UPDATE entitlements e SET lease_id = NULL, lease_terminal_id = NULL, leased_until = NULL
    FROM held h
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (h.household_id, h.cycle_id, h.benefit_id, h.subject_id)
"""
FREE = text(_FREE.format(which="e.lease_id = :lease_id"))
TIDY = text(
    _FREE.format(which="e.lease_id = ANY(CAST(:lease_ids AS uuid[])) AND e.leased_until <= :now")
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rights to set aside: of these families, for these benefits."""

    lease_id: UUID
    terminal_id: UUID
    household_ids: Sequence[UUID]
    benefits: Sequence[tuple[UUID, UUID]]
    now: datetime
    until: datetime


async def open_benefits(tx: AsyncConnection, today: date) -> list[RowMapping]:
    """Return the benefits that can be given on a day, with their terms."""
    return list((await tx.execute(OPEN_BENEFITS, {"today": today})).mappings())


async def worth_of(
    tx: AsyncConnection, benefits: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], RowMapping]:
    """Return kind and value of benefits, by cycle and benefit."""
    asked = {
        "cycle_ids": [cycle_id for cycle_id, _ in benefits],
        "benefit_ids": [benefit_id for _, benefit_id in benefits],
    }
    found = (await tx.execute(WORTH, asked)).mappings()
    return {(row["cycle_id"], row["benefit_id"]): row for row in found}


async def set_aside(tx: AsyncConnection, wanted: Wanted) -> list[RowMapping]:
    """Set free rights aside for a terminal, and return them."""
    values: dict[str, Any] = {
        "lease_id": wanted.lease_id,
        "terminal_id": wanted.terminal_id,
        "household_ids": list(wanted.household_ids),
        "cycle_ids": [cycle_id for cycle_id, _ in wanted.benefits],
        "benefit_ids": [benefit_id for _, benefit_id in wanted.benefits],
        "now": wanted.now,
        "until": wanted.until,
    }
    return list((await tx.execute(SET_ASIDE, values)).mappings())


async def of_lease(tx: AsyncConnection, lease_id: UUID) -> list[RowMapping]:
    """Return the rights that are set aside under a lease."""
    return list((await tx.execute(OF_LEASE, {"lease_id": lease_id})).mappings())


async def free(tx: AsyncConnection, lease_id: UUID) -> None:
    """Let everybody redeem again what is set aside under a lease."""
    await tx.execute(FREE, {"lease_id": lease_id})


async def tidy(tx: AsyncConnection, lease_ids: Sequence[UUID], now: datetime) -> None:
    """Take the marks of lapsed leases off the rights; they mean nothing already."""
    if lease_ids:
        await tx.execute(TIDY, {"lease_ids": list(lease_ids), "now": now})

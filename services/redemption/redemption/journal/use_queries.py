"""The SQL statements by which a journal asks the ledger what was given before."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.redeeming.line_queries import LINES

_households = LINES.c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid)))
GAVE_BEFORE = (
    select(LINES.c.entitlement_id)
    .where(
        _households,
        LINES.c.terminal_id == bindparam("terminal_id"),
        LINES.c.reversal_id.is_(None),
    )
    .distinct()
)
UNDER_LEASES = (
    select(
        LINES.c.lease_id,
        LINES.c.entitlement_id,
        func.sum(LINES.c.quantity).label("quantity"),
        func.sum(LINES.c.amount_rupiah).label("rupiah"),
    )
    .where(
        _households,
        LINES.c.lease_id == any_(bindparam("lease_ids", type_=ARRAY(Uuid))),
        LINES.c.reversal_id.is_(None),
    )
    .group_by(LINES.c.lease_id, LINES.c.entitlement_id)
)
# A terminal cuts its journal into segments as it likes: what arrives within this time is one sync,
# or a line in each would make every one of them the first.
SYNC_LASTS = timedelta(hours=1)
UNLEASED_ACTS = text("""
    SELECT cycle_id, benefit_id, count(*) AS acts FROM (
        SELECT r.cycle_id, r.benefit_id FROM line_marks m
        JOIN redemptions r ON r.household_id = m.household_id AND r.id = m.redemption_id
        WHERE m.partner_id = :partner_id AND m.noted_at > :since AND m.terminal_id = :terminal_id
          AND m.marks && ARRAY['lease_lapsed', 'within_policy', 'outside_policy']
        UNION ALL
        SELECT cycle_id, benefit_id FROM conflicts
        WHERE partner_id = :partner_id AND received_at > :since AND terminal_id = :terminal_id
          AND kind = 'redemption') before
    GROUP BY cycle_id, benefit_id
""")
# What a reversal wanted to undo, where it is the same partner's.
OF_ACT = select(LINES).where(
    LINES.c.id == bindparam("act_id"), LINES.c.partner_id == bindparam("partner_id")
)
# Everything that happened to one right, for whoever judges a conflict about it.
OF_RIGHT = (
    select(LINES)
    .where(
        LINES.c.household_id == bindparam("household_id"),
        LINES.c.entitlement_id == bindparam("entitlement_id"),
    )
    .order_by(LINES.c.redeemed_at, LINES.c.id)
)


async def gave_before(
    tx: AsyncConnection, terminal_id: UUID, household_ids: Collection[UUID]
) -> set[UUID]:
    """Return the rights of some families of which this terminal has given, and not undone it."""
    asked = {"terminal_id": terminal_id, "household_ids": list(household_ids)}
    return set((await tx.execute(GAVE_BEFORE, asked)).scalars())


async def given_under_leases(
    tx: AsyncConnection, household_ids: Collection[UUID], lease_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """Return what was given under leases, by lease and right."""
    asked = {"household_ids": list(household_ids), "lease_ids": list(lease_ids)}
    return {
        (row.lease_id, row.entitlement_id): (int(row.quantity), int(row.rupiah))
        for row in await tx.execute(UNDER_LEASES, asked)
    }


async def acts_of_this_sync(
    tx: AsyncConnection, terminal_id: UUID, partner_id: UUID, at: datetime
) -> dict[tuple[UUID, UUID], int]:
    """Return how many unleased lines of a terminal came with this sync before, by benefit."""
    asked = {"terminal_id": terminal_id, "partner_id": partner_id, "since": at - SYNC_LASTS}
    found = await tx.execute(UNLEASED_ACTS, asked)
    return {(row.cycle_id, row.benefit_id): row.acts for row in found}

"""Every SQL statement about leases."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.cards.queries import CARD
from redemption.leases.rules import HOURS_MAX, OWED_WITHIN, TOLD_WITHIN, Holding, Lease
from redemption.leases.tables import leases

_l = leases.c
# Lapsed leases older than this were tidied when their terminal came back, or are by hand.
TIDY_SINCE = timedelta(days=60)
LATEST_MAX = 300
HEAD = (
    _l.id, _l.terminal_id, _l.partner_id, _l.region_codes, _l.card_ends, _l.hours,
    _l.distribution_id, _l.taken_at, _l.taken_by, _l.taken_by_name, _l.expires_at, _l.families,
    _l.returned_at, _l.released_at, _l.released_by_name, _l.release_reason,
)  # fmt: skip
# Attempts with one id wait for each other.
LOCK_ID = text("SELECT pg_advisory_xact_lock(620031, hashtext(:lease_id))")
# A terminal asks for one lease after the other, or its limits would not hold.
LOCK_TERMINAL = text("SELECT pg_advisory_xact_lock(620033, hashtext(:terminal_id))")
HOLDING = text("""
    SELECT coalesce(sum(families) FILTER (
               WHERE expires_at > :now AND returned_at IS NULL AND released_at IS NULL), 0) AS held,
           coalesce(sum(families) FILTER (WHERE taken_at > :told_since), 0) AS told
    FROM leases WHERE terminal_id = :terminal_id AND taken_at > :held_since
""")
ADD = insert(leases)
ONE = select(*HEAD).where(_l.id == bindparam("lease_id"))
LOCK_ONE = ONE.with_for_update()
_stands = (
    (_l.expires_at > bindparam("now", type_=DateTime(timezone=True)))
    & _l.returned_at.is_(None)
    & _l.released_at.is_(None)
)
OPEN_OF_TERMINAL = (
    select(*HEAD)
    .where(_l.terminal_id == bindparam("terminal_id"), _stands)
    .order_by(_l.taken_at, _l.id)
)
OPEN_OF_TERMINALS = (
    select(*HEAD)
    .where(_l.terminal_id == any_(bindparam("terminal_ids", type_=ARRAY(Uuid))), _stands)
    .order_by(_l.expires_at, _l.id)
)
STANDING = select(*HEAD).where(_stands).order_by(_l.expires_at, _l.id).limit(LATEST_MAX)
OF_DISTRIBUTION = (
    select(*HEAD)
    .where(_l.distribution_id == bindparam("distribution_id"))
    .order_by(_l.taken_at, _l.id)
)
LAPSED_OF_TERMINAL = select(_l.id).where(
    _l.terminal_id == bindparam("terminal_id"),
    _l.expires_at <= bindparam("now"),
    _l.expires_at > bindparam("since"),
)
LAPSED = select(_l.id).where(_l.expires_at <= bindparam("now"), _l.expires_at > bindparam("since"))
RETURN = update(leases).where(_l.id == bindparam("lease_id")).values(returned_at=bindparam("at"))
RELEASE = (
    update(leases)
    .where(_l.id == bindparam("lease_id"))
    .values(
        released_at=bindparam("at"),
        released_by=bindparam("person"),
        released_by_name=bindparam("person_name"),
        release_reason=bindparam("reason"),
    )
)
# The families of some villages that hold a card that counts, newest card first.
FAMILIES = (
    select(CARD.c.household_id, CARD.c.card_id, CARD.c.printed_name)
    .where(
        CARD.c.card_region_code == any_(bindparam("region_codes", type_=ARRAY(Text))),
        CARD.c.card_status == "valid",
        ~CARD.c.is_key_compromised,
        CARD.c.expires_at > bindparam("now", type_=DateTime(timezone=True)),
    )
    .order_by(CARD.c.household_id, CARD.c.expires_at.desc(), CARD.c.card_id)
)
CARDS_OF = (
    select(CARD.c.household_id, CARD.c.card_id, CARD.c.printed_name)
    .where(
        CARD.c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid))),
        CARD.c.card_status == "valid",
        CARD.c.expires_at > bindparam("now", type_=DateTime(timezone=True)),
    )
    .order_by(CARD.c.household_id, CARD.c.expires_at.desc(), CARD.c.card_id)
)
# What a lease of this terminal set aside of some rights. One that the terminal itself gave back
# covers nothing any more, and neither does one that has been over for longer than OWED_WITHIN.
SET_ASIDE = text("""
    SELECT l.id AS lease_id, r.entitlement_id, r.quantity, r.rupiah
    FROM leases l
    CROSS JOIN LATERAL unnest(l.entitlement_ids, l.quantities, l.rupiahs)
        AS r (entitlement_id, quantity, rupiah)
    WHERE l.id = ANY(CAST(:lease_ids AS uuid[])) AND l.terminal_id = :terminal_id
      AND l.returned_at IS NULL AND l.expires_at > :over_since
      AND r.entitlement_id = ANY(CAST(:entitlement_ids AS uuid[]))
""")


def lease_of(row: RowMapping) -> Lease:
    """Return the lease in a row of HEAD."""
    return Lease(
        id=row["id"],
        terminal_id=row["terminal_id"],
        partner_id=row["partner_id"],
        taken_at=row["taken_at"],
        expires_at=row["expires_at"],
        ended_at=row["returned_at"] or row["released_at"],
    )


async def find(tx: AsyncConnection, lease_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a lease's head; held until the transaction ends if asked."""
    found = await tx.execute(LOCK_ONE if lock else ONE, {"lease_id": lease_id})
    return found.mappings().one_or_none()


async def holding_of(tx: AsyncConnection, terminal_id: UUID, now: datetime) -> Holding:
    """Return what a terminal holds; it takes no other lease until the transaction ends."""
    await tx.execute(LOCK_TERMINAL, {"terminal_id": str(terminal_id)})
    since = {"held_since": now - timedelta(hours=HOURS_MAX), "told_since": now - TOLD_WITHIN}
    found = await tx.execute(HOLDING, {"terminal_id": terminal_id, "now": now, **since})
    row = found.one()
    return Holding(int(row.held), int(row.told))


async def open_of(tx: AsyncConnection, terminal_id: UUID, now: datetime) -> list[RowMapping]:
    """Return the leases of a terminal that stand."""
    asked = {"terminal_id": terminal_id, "now": now}
    return list((await tx.execute(OPEN_OF_TERMINAL, asked)).mappings())


async def open_of_many(
    tx: AsyncConnection, terminal_ids: Sequence[UUID], now: datetime
) -> list[RowMapping]:
    """Return the leases of several terminals that stand."""
    asked = {"terminal_ids": list(terminal_ids), "now": now}
    return list((await tx.execute(OPEN_OF_TERMINALS, asked)).mappings())


async def standing(tx: AsyncConnection, now: datetime) -> list[RowMapping]:
    """Return the leases that stand, those that lapse first in front."""
    return list((await tx.execute(STANDING, {"now": now})).mappings())


async def of_distribution(tx: AsyncConnection, distribution_id: UUID) -> list[RowMapping]:
    """Return every lease that was taken for a distribution day."""
    asked = {"distribution_id": distribution_id}
    return list((await tx.execute(OF_DISTRIBUTION, asked)).mappings())


async def lapsed(tx: AsyncConnection, now: datetime, terminal_id: UUID | None = None) -> list[UUID]:
    """Return leases past their hour, of one terminal or of all."""
    asked: dict[str, Any] = {"now": now, "since": now - TIDY_SINCE}
    if terminal_id is None:
        return list((await tx.execute(LAPSED, asked)).scalars())
    asked["terminal_id"] = terminal_id
    return list((await tx.execute(LAPSED_OF_TERMINAL, asked)).scalars())


async def families_in(
    tx: AsyncConnection, region_codes: Sequence[str], now: datetime
) -> list[RowMapping]:
    """Return the cards that count, and their families, of some villages."""
    asked = {"region_codes": list(region_codes), "now": now}
    return list((await tx.execute(FAMILIES, asked)).mappings())


async def cards_of(
    tx: AsyncConnection, household_ids: Collection[UUID], now: datetime
) -> list[RowMapping]:
    """Return the cards that count of some families."""
    asked = {"household_ids": list(household_ids), "now": now}
    return list((await tx.execute(CARDS_OF, asked)).mappings())


async def set_aside_of(
    tx: AsyncConnection,
    terminal_id: UUID,
    lease_ids: Collection[UUID],
    entitlement_ids: Collection[UUID],
    now: datetime,
) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """Return what leases of a terminal set aside of some rights, by lease and right."""
    found = await tx.execute(
        SET_ASIDE,
        {
            "terminal_id": terminal_id,
            "lease_ids": list(lease_ids),
            "entitlement_ids": list(entitlement_ids),
            "over_since": now - OWED_WITHIN,
        },
    )
    return {(row.lease_id, row.entitlement_id): (row.quantity, row.rupiah) for row in found}

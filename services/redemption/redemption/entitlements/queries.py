"""Every SQL statement about lists, cycles and entitlements."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Integer,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    func,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from redemption.entitlements.rules import Entitlement
from redemption.entitlements.tables import (
    benefits,
    cycles,
    entitlements,
    grants,
)

KEY = ("household_id", "cycle_id", "benefit_id", "subject_id")
_by_key = [entitlements.c[name] == bindparam(f"key_{name}") for name in KEY]
STATE_COLUMNS = (
    entitlements.c.household_id,
    entitlements.c.id,
    entitlements.c.cycle_id,
    entitlements.c.benefit_id,
    entitlements.c.subject_id,
    entitlements.c.remaining_quantity,
    entitlements.c.remaining_rupiah,
    entitlements.c.version,
    entitlements.c.standing,
    entitlements.c.ends_at,
    entitlements.c.lease_id,
    entitlements.c.lease_terminal_id,
    entitlements.c.leased_until,
    benefits.c.kind,
    benefits.c.name_id,
    benefits.c.name_en,
    benefits.c.unit_rupiah,
    benefits.c.partner_kinds,
    benefits.c.subject,
    benefits.c.goods_categories,
    benefits.c.code,
    cycles.c.programme_code,
    cycles.c.opens_on,
    cycles.c.closes_on,
)
PREFIX = "entitlement_"
_with_terms = entitlements.join(
    benefits,
    (benefits.c.cycle_id == entitlements.c.cycle_id) & (benefits.c.id == entitlements.c.benefit_id),
).join(cycles, cycles.c.id == entitlements.c.cycle_id)
_state = select(*(one.label(f"{PREFIX}{one.name}") for one in STATE_COLUMNS)).select_from(
    _with_terms
)

OF_HOUSEHOLD = _state.where(
    entitlements.c.household_id == bindparam("household_id"),
    bindparam("partner_kind", type_=Text) == any_(benefits.c.partner_kinds),
    (cycles.c.closes_on >= bindparam("today")) | (entitlements.c.ends_at > func.now()),
).order_by(cycles.c.opens_on, benefits.c.name_id, entitlements.c.id)
ONE = _state.where(
    entitlements.c.household_id == bindparam("household_id"),
    entitlements.c.id == bindparam("entitlement_id"),
)
LOCK_ONE = _state.where(*_by_key).with_for_update(of=entitlements)
OPEN_BENEFITS = (
    select(benefits.c.cycle_id, benefits.c.id)
    .select_from(benefits.join(cycles, cycles.c.id == benefits.c.cycle_id))
    .where(
        bindparam("today", type_=Date).between(cycles.c.opens_on, cycles.c.closes_on),
        bindparam("partner_kind", type_=Text).is_(None)
        | (bindparam("partner_kind", type_=Text) == any_(benefits.c.partner_kinds)),
    )
    .order_by(cycles.c.opens_on, benefits.c.cycle_id, benefits.c.name_id, benefits.c.id)
)
# For statements of other capabilities that name a benefit beside their own rows.
TERMS_OF = select(
    benefits.c.cycle_id.label("terms_cycle_id"),
    benefits.c.id.label("terms_benefit_id"),
    benefits.c.name_id.label("benefit_name_id"),
    benefits.c.name_en.label("benefit_name_en"),
    benefits.c.kind.label("benefit_kind"),
).subquery("terms")
# A view over the ledger's lines that no counter wrote, each with its sign.
OTHER_MOVES = table(
    "other_moves",
    *(column(name, Uuid) for name in (*KEY, "id")),
    column("kind", Text),
    column("quantity", Integer),
    column("amount_rupiah", BigInteger),
    column("at", DateTime(timezone=True)),
)
# What is left of each right, beside what was granted; either side may be missing only by a fault.
BALANCES = (
    select(
        *(func.coalesce(entitlements.c[name], grants.c[name]).label(name) for name in KEY),
        entitlements.c.remaining_quantity,
        entitlements.c.remaining_rupiah,
        entitlements.c.version,
        grants.c.quantity.label("granted_quantity"),
        grants.c.amount_rupiah.label("granted_rupiah"),
    )
    .select_from(
        entitlements.join(
            grants, and_(*(entitlements.c[name] == grants.c[name] for name in KEY)), full=True
        )
    )
    .subquery("balances")
)
# Where a right is, for statements that find many at once before they hold them.
RIGHT_KEYS = select(entitlements.c.id, *(entitlements.c[name] for name in KEY)).subquery(
    "right_key"
)
LOCK = select(entitlements.c.version).where(*_by_key).with_for_update()
VERSION = entitlements.c.version
TAKE = (
    update(entitlements)
    .where(*_by_key)
    .values(
        remaining_quantity=entitlements.c.remaining_quantity - bindparam("quantity"),
        remaining_rupiah=entitlements.c.remaining_rupiah - bindparam("amount_rupiah"),
        version=entitlements.c.version + 1,
    )
)
GIVE_BACK = (
    update(entitlements)
    .where(*_by_key)
    .values(
        remaining_quantity=entitlements.c.remaining_quantity + bindparam("quantity"),
        remaining_rupiah=entitlements.c.remaining_rupiah + bindparam("amount_rupiah"),
        version=entitlements.c.version + 1,
    )
    .returning(entitlements.c.version)
)


def locked_state(*conditions: ColumnElement[bool]) -> FromClause:
    """Return one entitlement with its terms, held until the transaction ends, to be joined."""
    return _state.where(*conditions).with_for_update(of=entitlements).lateral("entitlement")


def take_all(used: FromClause) -> ReturningUpdate[Any]:
    """Return the statement that takes from many rights at once.

    `used` has a row for each right: its KEY, how many `lines` take from it, and in all how much
    `quantity` and `amount_rupiah`. The version counts the lines.
    """
    return (
        update(entitlements)
        .where(*(entitlements.c[name] == used.c[name] for name in KEY))
        .values(
            remaining_quantity=entitlements.c.remaining_quantity - used.c.quantity,
            remaining_rupiah=entitlements.c.remaining_rupiah - used.c.amount_rupiah,
            version=entitlements.c.version + used.c.lines,
        )
        .returning(*(entitlements.c[name] for name in KEY), entitlements.c.version)
    )


def entitlement_of(row: RowMapping) -> Entitlement | None:
    """Return the entitlement in a row, or None where its columns are empty."""
    if row[f"{PREFIX}id"] is None:
        return None
    values = {one.name: row[f"{PREFIX}{one.name}"] for one in STATE_COLUMNS}
    lists = {name: tuple(values[name]) for name in ("partner_kinds", "goods_categories")}
    return Entitlement(**{**values, **lists})


async def of_household(
    tx: AsyncConnection, household_id: UUID, partner_kind: str, today: date
) -> list[Entitlement]:
    """Return a family's rights that a kind of partner can give: of cycles that are not over, and
    what is kept for a while after them."""
    found = await tx.execute(
        OF_HOUSEHOLD,
        {"household_id": household_id, "partner_kind": partner_kind, "today": today},
    )
    return [one for row in found.mappings() if (one := entitlement_of(row)) is not None]


async def find_right(
    tx: AsyncConnection, household_id: UUID, entitlement_id: UUID
) -> Entitlement | None:
    """Return a right of a family with its terms."""
    asked = {"household_id": household_id, "entitlement_id": entitlement_id}
    row = (await tx.execute(ONE, asked)).mappings().one_or_none()
    return entitlement_of(row) if row else None


async def lock_right(tx: AsyncConnection, key: dict[str, Any]) -> Entitlement | None:
    """Return a right with its terms, held against every other change until the transaction ends."""
    row = (await tx.execute(LOCK_ONE, key)).mappings().one_or_none()
    return entitlement_of(row) if row else None


async def benefits_of_open_cycles(
    tx: AsyncConnection, today: date, partner_kind: str | None = None
) -> list[tuple[UUID, UUID]]:
    """Return cycle and benefit of what can be given on a day, at one kind of partner or at any."""
    asked = {"today": today, "partner_kind": partner_kind}
    return [(row.cycle_id, row.id) for row in await tx.execute(OPEN_BENEFITS, asked)]


def key_of(
    household_id: UUID, cycle_id: UUID, benefit_id: UUID, subject_id: UUID
) -> dict[str, Any]:
    """Return the parameters by which LOCK, TAKE and GIVE_BACK find their row."""
    return {
        "key_household_id": household_id,
        "key_cycle_id": cycle_id,
        "key_benefit_id": benefit_id,
        "key_subject_id": subject_id,
    }


async def lock(tx: AsyncConnection, key: dict[str, Any]) -> None:
    """Hold an entitlement against every other change until the transaction ends."""
    await tx.execute(LOCK, key)


async def give_back(
    tx: AsyncConnection, key: dict[str, Any], quantity: int, amount_rupiah: int
) -> int:
    """Put back what a redemption took; return the entitlement's new version."""
    row = {**key, "quantity": quantity, "amount_rupiah": amount_rupiah}
    return int((await tx.execute(GIVE_BACK, row)).scalar_one())

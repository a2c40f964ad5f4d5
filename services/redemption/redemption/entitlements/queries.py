"""Every SQL statement about lists, cycles and entitlements."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.rules import Entitlement
from redemption.entitlements.tables import (
    beneficiary_lists,
    benefits,
    cycles,
    enrolments,
    entitlements,
    grants,
)

KEY = ("household_id", "cycle_id", "benefit_id")
_by_key = [entitlements.c[name] == bindparam(f"key_{name}") for name in KEY]
STATE_COLUMNS = (
    entitlements.c.household_id,
    entitlements.c.id,
    entitlements.c.cycle_id,
    entitlements.c.benefit_id,
    entitlements.c.remaining_quantity,
    entitlements.c.remaining_rupiah,
    entitlements.c.version,
    benefits.c.kind,
    benefits.c.name_id,
    benefits.c.name_en,
    benefits.c.unit_rupiah,
    benefits.c.partner_kinds,
    cycles.c.opens_on,
    cycles.c.closes_on,
)
PREFIX = "entitlement_"
_with_terms = entitlements.join(
    benefits,
    (benefits.c.cycle_id == entitlements.c.cycle_id) & (benefits.c.id == entitlements.c.benefit_id),
).join(cycles, cycles.c.id == entitlements.c.cycle_id)
_state = select(*(column.label(f"{PREFIX}{column.name}") for column in STATE_COLUMNS)).select_from(
    _with_terms
)

OF_HOUSEHOLD = _state.where(
    entitlements.c.household_id == bindparam("household_id"),
    bindparam("partner_kind", type_=Text) == any_(benefits.c.partner_kinds),
    cycles.c.closes_on >= bindparam("today"),
).order_by(cycles.c.opens_on, benefits.c.name_id, entitlements.c.id)
# For statements of other capabilities that name a benefit beside their own rows.
TERMS_OF = select(
    benefits.c.cycle_id.label("terms_cycle_id"),
    benefits.c.id.label("terms_benefit_id"),
    benefits.c.name_id.label("benefit_name_id"),
    benefits.c.name_en.label("benefit_name_en"),
    benefits.c.kind.label("benefit_kind"),
).subquery("terms")
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

ADD_CYCLE = insert(cycles).on_conflict_do_nothing()
ADD_BENEFIT = insert(benefits).on_conflict_do_nothing()
TERMS = (
    "code", "kind", "name_id", "name_en",
    "granted_quantity", "granted_rupiah", "unit_rupiah", "partner_kinds",
)  # fmt: skip
DATES = ("opens_on", "closes_on")
FIND_TERMS = (
    select(*(benefits.c[name] for name in TERMS), *(cycles.c[name] for name in DATES))
    .select_from(benefits.join(cycles, cycles.c.id == benefits.c.cycle_id))
    .where(benefits.c.cycle_id == bindparam("cycle_id"), benefits.c.id == bindparam("id"))
)
ADD_LIST = insert(beneficiary_lists).on_conflict_do_nothing()
LIST_IS_KNOWN = select(beneficiary_lists.c.id).where(beneficiary_lists.c.id == bindparam("list_id"))
# A list and its enrolments may be handled at the same moment by two workers: one then waits, so
# that either the list finds the enrolments or the enrolments find the list.
LOCK_LIST = text("SELECT pg_advisory_xact_lock(hashtextextended(:list_id, 0))")
ADD_ENROLMENTS = (
    insert(enrolments)
    .from_select(
        ["list_id", "household_id", "region_code"],
        select(
            bindparam("list_id", type_=Uuid),
            func.unnest(bindparam("household_ids", type_=ARRAY(Uuid))),
            func.unnest(bindparam("region_codes", type_=ARRAY(Text))),
        ),
    )
    .on_conflict_do_nothing()
)
# The id follows from what the entitlement is (RFC 9562 §5.8): whatever order events come in, and
# however often a service is rebuilt from them, a family's right has the same id.
_digest = func.encode(
    func.sha256(
        func.convert_to(
            func.concat(
                *(c for c in (enrolments.c.household_id, benefits.c.cycle_id, benefits.c.id))
            ),
            "UTF8",
        )
    ),
    "hex",
)
_entitlement_id = func.overlay(
    func.overlay(func.left(_digest, 32), literal("8"), 13), literal("a"), 17
).cast(Uuid)


def _grant(*conditions: ColumnElement[bool]) -> Any:
    """Return the statement that gives families of a list their rights and notes the grants.

    A family that has the right already (from another list) keeps it: one in a cycle.
    """
    wanted = (
        select(
            enrolments.c.household_id,
            benefits.c.cycle_id,
            benefits.c.id,
            _entitlement_id,
            benefits.c.granted_quantity,
            benefits.c.granted_rupiah,
            literal(1),
        )
        .select_from(
            enrolments.join(beneficiary_lists, beneficiary_lists.c.id == enrolments.c.list_id).join(
                benefits,
                (benefits.c.cycle_id == beneficiary_lists.c.cycle_id)
                & (benefits.c.id == any_(beneficiary_lists.c.benefit_ids)),
            )
        )
        .where(enrolments.c.list_id == bindparam("list_id", type_=Uuid), *conditions)
        # In the order of the key: two lists that share families then never wait in a circle.
        .order_by(enrolments.c.household_id, benefits.c.id)
    )
    names = (*KEY, "id", "remaining_quantity", "remaining_rupiah", "version")
    added = (
        insert(entitlements)
        .from_select(names, wanted)
        .on_conflict_do_nothing()
        .returning(
            *(entitlements.c[name] for name in KEY),
            entitlements.c.remaining_quantity,
            entitlements.c.remaining_rupiah,
        )
        .cte("added")
    )
    return insert(grants).from_select([*KEY, "quantity", "amount_rupiah"], select(added))


GRANT_LIST = _grant()
GRANT_BATCH = _grant(
    enrolments.c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid)))
)


def locked_state(*conditions: ColumnElement[bool]) -> FromClause:
    """Return one entitlement with its terms, held until the transaction ends, to be joined."""
    return _state.where(*conditions).with_for_update(of=entitlements).lateral("entitlement")


def entitlement_of(row: RowMapping) -> Entitlement | None:
    """Return the entitlement in a row, or None where its columns are empty."""
    if row[f"{PREFIX}id"] is None:
        return None
    values = {column.name: row[f"{PREFIX}{column.name}"] for column in STATE_COLUMNS}
    return Entitlement(**{**values, "partner_kinds": tuple(values["partner_kinds"])})


async def lock_list(tx: AsyncConnection, list_id: UUID) -> bool:
    """Hold a list against its other events until the transaction ends; tell if it is known."""
    await tx.execute(LOCK_LIST, {"list_id": str(list_id)})
    return (await tx.scalar(LIST_IS_KNOWN, {"list_id": list_id})) is not None


async def add_list(
    tx: AsyncConnection, cycle: dict[str, Any], terms: Sequence[dict[str, Any]], row: dict[str, Any]
) -> None:
    """Note an approved list with its cycle and what it gives."""
    await tx.execute(ADD_CYCLE, cycle)
    if terms:
        await tx.execute(ADD_BENEFIT, terms)
    await tx.execute(ADD_LIST, row)


async def find_terms(tx: AsyncConnection, cycle_id: UUID, benefit_id: UUID) -> RowMapping | None:
    """Return what a benefit is in a cycle, and when the cycle is open."""
    found = await tx.execute(FIND_TERMS, {"cycle_id": cycle_id, "id": benefit_id})
    return found.mappings().one_or_none()


async def add_enrolments(
    tx: AsyncConnection, list_id: UUID, household_ids: list[UUID], region_codes: list[str]
) -> None:
    """Note families of a list."""
    await tx.execute(
        ADD_ENROLMENTS,
        {"list_id": list_id, "household_ids": household_ids, "region_codes": region_codes},
    )


async def grant_list(tx: AsyncConnection, list_id: UUID) -> None:
    """Give every family that is known to be on a list its rights."""
    await tx.execute(GRANT_LIST, {"list_id": list_id})


async def grant_batch(tx: AsyncConnection, list_id: UUID, household_ids: list[UUID]) -> None:
    """Give some families of a list their rights."""
    await tx.execute(GRANT_BATCH, {"list_id": list_id, "household_ids": household_ids})


async def of_household(
    tx: AsyncConnection, household_id: UUID, partner_kind: str, today: date
) -> list[Entitlement]:
    """Return a family's rights that a kind of partner can give, of cycles that are not over."""
    found = await tx.execute(
        OF_HOUSEHOLD,
        {"household_id": household_id, "partner_kind": partner_kind, "today": today},
    )
    return [one for row in found.mappings() if (one := entitlement_of(row)) is not None]


def key_of(household_id: UUID, cycle_id: UUID, benefit_id: UUID) -> dict[str, Any]:
    """Return the parameters by which LOCK, TAKE and GIVE_BACK find their row."""
    return {
        "key_household_id": household_id,
        "key_cycle_id": cycle_id,
        "key_benefit_id": benefit_id,
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

"""The SQL statements that turn an approved list into rights of families."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.queries import KEY
from redemption.entitlements.standing_queries import ENDS_AT, STANDING
from redemption.entitlements.tables import (
    beneficiary_lists,
    benefits,
    cycles,
    enrolment_standings,
    enrolments,
    entitlements,
    grants,
)

ADD_CYCLE = insert(cycles).on_conflict_do_nothing()
ADD_BENEFIT = insert(benefits).on_conflict_do_nothing()
TERMS = (
    "code", "kind", "name_id", "name_en",
    "granted_quantity", "granted_rupiah", "unit_rupiah", "partner_kinds",
    "subject", "goods_categories",
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


_with_terms = (
    enrolments.join(beneficiary_lists, beneficiary_lists.c.id == enrolments.c.list_id)
    .join(
        benefits,
        (benefits.c.cycle_id == beneficiary_lists.c.cycle_id)
        & (benefits.c.id == any_(beneficiary_lists.c.benefit_ids)),
    )
    .outerjoin(
        enrolment_standings,
        (enrolment_standings.c.household_id == enrolments.c.household_id)
        & (enrolment_standings.c.cycle_id == benefits.c.cycle_id),
    )
)


def _grant(*conditions: ColumnElement[bool]) -> Any:
    """Return the statement that gives families of a list their rights and notes the grants.

    A family that has the right already (from another list) keeps it: one in a cycle.
    """
    wanted = (
        select(
            enrolments.c.household_id,
            benefits.c.cycle_id,
            benefits.c.id,
            enrolments.c.household_id.label("subject_id"),
            _entitlement_id,
            benefits.c.granted_quantity,
            benefits.c.granted_rupiah,
            literal(1),
            STANDING,
            ENDS_AT,
        )
        .select_from(_with_terms)
        .where(
            enrolments.c.list_id == bindparam("list_id", type_=Uuid),
            benefits.c.subject == "household",
            *conditions,
        )
        # In the order of the key: two lists that share families then never wait in a circle.
        .order_by(enrolments.c.household_id, benefits.c.id)
    )
    names = (*KEY, "id", "remaining_quantity", "remaining_rupiah", "version", "standing", "ends_at")
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

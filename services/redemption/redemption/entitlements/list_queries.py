"""The SQL statements that note an approved list: its cycle, what it gives, and to whom."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.tables import (
    beneficiary_lists,
    benefits,
    cycles,
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
ADD_ENROLMENTS = text("""
    INSERT INTO enrolments (list_id, batch, household_id, region_code)
    SELECT :list_id, :batch, household_id, region_code
    FROM unnest(CAST(:household_ids AS uuid[]), CAST(:region_codes AS text[]))
        AS e(household_id, region_code)
    ON CONFLICT DO NOTHING
""")
# Arrays of arrays have to be of one length: so each person's benefits come as the text of one.
ADD_PERSONS = text("""
    INSERT INTO enrolled_persons (household_id, list_id, person_id, benefit_ids, known)
    SELECT household_id, :list_id, person_id, CAST(benefit_ids AS uuid[]), known
    FROM unnest(CAST(:household_ids AS uuid[]), CAST(:person_ids AS uuid[]),
                CAST(:benefit_ids AS text[]), CAST(:known AS bytea[]))
        AS p(household_id, person_id, benefit_ids, known)
    ON CONFLICT DO NOTHING
""")
BATCHES = text("""
    SELECT batch, array_agg(household_id ORDER BY household_id) AS household_ids
    FROM enrolments WHERE list_id = :list_id GROUP BY batch ORDER BY batch
""")
ONE_BATCH = text("""
    SELECT array_agg(household_id ORDER BY household_id) FROM enrolments
    WHERE list_id = :list_id AND batch = :batch
""")
PERSONS = text("""
    SELECT DISTINCT ON (person_id) household_id, person_id, known FROM enrolled_persons
    WHERE household_id = ANY(CAST(:household_ids AS uuid[])) ORDER BY person_id, list_id DESC
""")


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
    tx: AsyncConnection,
    list_id: UUID,
    batch: int,
    household_ids: list[UUID],
    region_codes: list[str],
) -> None:
    """Note families of a list."""
    await tx.execute(
        ADD_ENROLMENTS,
        {
            "list_id": list_id,
            "batch": batch,
            "household_ids": household_ids,
            "region_codes": region_codes,
        },
    )


async def add_persons(
    tx: AsyncConnection, list_id: UUID, persons: Sequence[tuple[UUID, UUID, str, bytes]]
) -> None:
    """Note persons of families: family, person, benefits as the text of an array, sealed record."""
    if not persons:
        return
    household_ids, person_ids, benefit_ids, known = (
        list(column) for column in zip(*persons, strict=True)
    )
    await tx.execute(
        ADD_PERSONS,
        {
            "list_id": list_id,
            "household_ids": household_ids,
            "person_ids": person_ids,
            "benefit_ids": benefit_ids,
            "known": known,
        },
    )


async def batches_of(tx: AsyncConnection, list_id: UUID) -> list[tuple[int, list[UUID]]]:
    """Return the families of a list that were heard of, by their batch."""
    found = await tx.execute(BATCHES, {"list_id": list_id})
    return [(row.batch, row.household_ids) for row in found]


async def families_of(tx: AsyncConnection, list_id: UUID, batch: int) -> list[UUID]:
    """Return the families of one batch of a list."""
    return list(await tx.scalar(ONE_BATCH, {"list_id": list_id, "batch": batch}) or ())


async def persons_of(tx: AsyncConnection, household_ids: Sequence[UUID]) -> list[RowMapping]:
    """Return persons of families who have rights of their own, sealed as they are."""
    return list((await tx.execute(PERSONS, {"household_ids": list(household_ids)})).mappings())

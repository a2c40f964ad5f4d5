"""Members of enrolled families who have benefits of their own: pupils, students, patients."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import EnrolledPerson
from common.sealed import Sealer

# Whoever lives in the family on record and is of such an age on the benefit's reference day. One
# whose birth is not on record fits no age: the family's village can add it, and then a later list
# has them.
_FITS = """
    p.status = 'alive'
    AND (cardinality(b.relations) = 0 OR p.relation = ANY(b.relations))
    AND (b.age_from IS NULL
         OR p.born_on <= coalesce(b.ages_on, c.opens_on) - make_interval(years => b.age_from))
    AND (b.age_to IS NULL
         OR p.born_on > coalesce(b.ages_on, c.opens_on) - make_interval(years => b.age_to + 1))
"""
# A person is enrolled once in a cycle, in the family that was enrolled first.
ENROL = text(f"""
    INSERT INTO enrolled_persons (cycle_id, person_id, enrolment_id, benefit_ids)
    SELECT e.cycle_id, p.id, e.id, array_agg(b.id ORDER BY b.id)
    FROM enrolments e
    JOIN cycles c ON c.id = e.cycle_id
    JOIN benefits b ON b.programme_id = e.programme_id AND b.subject = 'person'
    JOIN persons p ON p.household_id = e.household_id
    WHERE e.list_id = :list_id AND {_FITS}
    GROUP BY e.cycle_id, p.id, e.id
    ON CONFLICT DO NOTHING
""")  # noqa: S608
ENROLLED = text("""
    SELECT n.enrolment_id, n.person_id, n.benefit_ids, p.name,
           CAST(extract(year FROM p.born_on) AS integer) AS birth_year
    FROM enrolled_persons n JOIN persons p ON p.id = n.person_id
    WHERE n.enrolment_id = ANY(CAST(:enrolment_ids AS uuid[]))
    ORDER BY n.enrolment_id, n.person_id
""")
# What lists that are not carried out yet would give to persons, by what is on record now.
COST_OF_LISTS = text(f"""
    SELECT coalesce(sum(b.amount_rupiah * b.quantity), 0)
    FROM beneficiary_lists l
    JOIN cycles c ON c.id = l.cycle_id
    JOIN benefits b ON b.programme_id = l.programme_id AND b.subject = 'person'
    JOIN list_members m ON m.list_id = l.id AND m.action <> 'leave'
    JOIN persons p ON p.household_id = m.household_id
    WHERE l.cycle_id = :cycle_id AND {_FITS}
      AND (l.id = :list_id) = :is_this AND (:is_this OR l.state IN ('awaiting_second', 'approving'))
""")  # noqa: S608
COST_OF_ENROLLED = text("""
    SELECT coalesce(sum(b.amount_rupiah * b.quantity), 0)
    FROM enrolled_persons n JOIN benefits b ON b.id = ANY(n.benefit_ids)
    JOIN enrolments e ON e.id = n.enrolment_id
    WHERE n.cycle_id = :cycle_id AND (CAST(:list_id AS uuid) IS NULL OR e.list_id = :list_id)
""")


def has_personal(benefits: Sequence[RowMapping]) -> bool:
    """Tell whether any of a programme's benefits belongs to persons."""
    return any(one["subject"] == "person" for one in benefits)


async def enrol_persons(tx: AsyncConnection, list_id: UUID) -> int:
    """Enrol the members of a list's families who have benefits of their own; return how many."""
    return int((await tx.execute(ENROL, {"list_id": list_id})).rowcount)


async def persons_of(
    tx: AsyncConnection, enrolments: Sequence[Row[Any]], seal: Sealer
) -> dict[UUID, tuple[EnrolledPerson, ...]]:
    """Return the enrolled persons of some enrolments as they are told, by the enrolment's id."""
    found: dict[UUID, list[EnrolledPerson]] = defaultdict(list)
    for row in await tx.execute(ENROLLED, {"enrolment_ids": [one.id for one in enrolments]}):
        known = {"name": row.name, "birth_year": row.birth_year}
        found[row.enrolment_id].append(
            EnrolledPerson(
                person_id=row.person_id,
                benefit_ids=tuple(row.benefit_ids),
                sealed=seal.seal_json(known, f"person:{row.person_id}"),
            )
        )
    return {enrolment_id: tuple(persons) for enrolment_id, persons in found.items()}


async def cost_of_persons(tx: AsyncConnection, one: RowMapping) -> tuple[int, int]:
    """Return what a list gives to persons, and what else of its cycle is promised to persons."""
    asked = {"cycle_id": one["cycle_id"], "list_id": one["id"]}
    enrolled = int(await tx.scalar(COST_OF_ENROLLED, {**asked, "list_id": None}) or 0)
    waiting = int(await tx.scalar(COST_OF_LISTS, {**asked, "is_this": False}) or 0)
    if one["state"] == "approved":
        return int(await tx.scalar(COST_OF_ENROLLED, asked) or 0), enrolled + waiting
    here = int(await tx.scalar(COST_OF_LISTS, {**asked, "is_this": True}) or 0)
    return here, enrolled + waiting

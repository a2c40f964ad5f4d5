"""Who it is that has a right of their own: sealed at rest, opened for a school or a clinic."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import EnrolledHousehold
from common.sealed import Sealer
from redemption.entitlements import list_queries as queries


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a family, as a counter needs to tell one from another."""

    person_id: UUID
    household_id: UUID
    name: str
    birth_year: int


@dataclass(frozen=True, slots=True)
class Seals:
    """What seals this service's own values, and what opens those that travel."""

    own: Sealer
    events: Sealer


def _place(person_id: UUID) -> str:
    return f"enrolled_persons.known:{person_id}"


def kept(
    enrolments: Sequence[EnrolledHousehold], seals: Seals
) -> list[tuple[UUID, UUID, str, bytes]]:
    """Return the persons of enrolments as they are stored, in the order of the key.

    Raises SealBroken when a record was not sealed for its person.
    """
    rows = []
    for enrolment in enrolments:
        for person in enrolment.persons:
            known = seals.events.open_json(person.sealed, f"person:{person.person_id}")
            rows.append(
                (
                    enrolment.household_id,
                    person.person_id,
                    f"{{{','.join(map(str, person.benefit_ids))}}}",
                    seals.own.seal(json.dumps(known).encode(), _place(person.person_id)),
                )
            )
    return sorted(rows, key=lambda row: (row[0].bytes, row[1].bytes))


async def persons_of(
    tx: AsyncConnection, own: Sealer, household_ids: Sequence[UUID]
) -> dict[UUID, Person]:
    """Return the members of families who have rights of their own, by the person's id.

    The caller notes who looked (`common.audit`).
    """
    return {
        row["person_id"]: _opened(own, row["person_id"], row["household_id"], row["known"])
        for row in await queries.persons_of(tx, household_ids)
    }


async def name_of(
    tx: AsyncConnection, own: Sealer, household_id: UUID, subject_id: UUID
) -> str | None:
    """Return the name of the member whose right it is; None where it is the family's.

    The caller notes who looked (`common.audit`).
    """
    if subject_id == household_id:
        return None
    found = (await persons_of(tx, own, [household_id])).get(subject_id)
    return found.name if found else None


def _opened(own: Sealer, person_id: UUID, household_id: UUID, sealed: bytes) -> Person:
    known = json.loads(own.open(sealed, _place(person_id)))
    return Person(person_id, household_id, known["name"], known["birth_year"])

"""Erasing people: what says who they were goes, the row that money and audit point at stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from registry.privacy import request_queries as queries


@dataclass(frozen=True, slots=True)
class Buried:
    """A person to erase, of which family and place."""

    person_id: UUID
    household_id: UUID
    region_code: str


async def erase(
    tx: AsyncConnection,
    caller: Principal,
    people: Sequence[Buried],
    *,
    request_id: UUID | None = None,
    record_kind: str | None = None,
) -> int:
    """Erase people for a request or under a retention rule; return how many families went too.

    The sealed values are overwritten in the database. Copies in its backups end with these.
    """
    # The stones first: without one, the database lets no older value go.
    cause: dict[str, object] = {
        "request_id": request_id,
        "record_kind": record_kind,
        "erased_by": caller.subject,
        "erased_by_name": caller.name,
    }
    graves = [
        {"subject_id": one.person_id, "subject_kind": "person", "household_id": one.household_id}
        for one in people
    ]
    await tx.execute(queries.BURY, [{**grave, **cause} for grave in graves])
    asked = {"person_ids": [one.person_id for one in people]}
    for statement in (queries.ERASE_PERSONS, queries.ERASE_VERSIONS, queries.ERASE_PROPOSALS):
        await tx.execute(statement, asked)
    gone = await _erase_families(tx, people, cause)
    for one in people:
        await audit.record(
            tx,
            caller,
            "person.erased",
            "person",
            one.person_id,
            region_code=one.region_code,
            details={"household_id": str(one.household_id), "rule": record_kind},
        )
    return gone


async def _erase_families(
    tx: AsyncConnection, people: Sequence[Buried], cause: dict[str, object]
) -> int:
    """Erase the families of which nobody is left; return how many."""
    families = {"household_ids": list({one.household_id for one in people})}
    gone = (await tx.execute(queries.ERASE_HOUSEHOLDS, families)).scalars().all()
    if gone:
        graves = [
            {"subject_id": one, "subject_kind": "household", "household_id": one} for one in gone
        ]
        await tx.execute(queries.BURY, [{**grave, **cause} for grave in graves])
        for statement in queries.ERASE_ADDRESSES:
            await tx.execute(statement, {"household_ids": gone})
    return len(gone)

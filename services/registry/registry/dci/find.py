"""Finding families, persons and enrolments for a system: its regions, its fields, on record."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, ids
from common.sealed import BlindIndex, Sealer
from registry.dci import search_queries, shapes
from registry.dci.attributes import Entity
from registry.dci.filters import Condition
from registry.dci.profiles import Profile
from registry.dci.rules import FOUND_MAX, ItemRejected, Page
from registry.people.rules import kk_context, nik_context

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """What opens numbers and finds them: of one process."""

    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True, slots=True)
class Families:
    """Families as the database has them, with their members and enrolments, by id."""

    households: Mapping[UUID, Record]
    members: Mapping[UUID, Sequence[Record]]
    enrolments: Mapping[UUID, Sequence[Record]]
    numbers: shapes.Numbers


@dataclass(frozen=True, slots=True)
class Found:
    """One page of records, and how many there are in all."""

    records: list[Record]
    total: int


async def search(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    *,
    entity: Entity,
    condition: Condition,
    order: str,
    page: Page,
) -> Found:
    """Return a page of what a condition finds in the system's regions; notes each family given.

    Raises ItemRejected rjct.search.too_many_records_found.
    """
    values = {**condition.values, "scopes": list(profile.scopes)}
    counting = search_queries.count_of(entity, condition.sql)
    total = int(await tx.scalar(counting, {**values, "limit": FOUND_MAX + 1}) or 0)
    if total > FOUND_MAX:
        words = f"more than {FOUND_MAX} records: ask more narrowly"
        raise ItemRejected("rjct.search.too_many_records_found", words)
    statement = search_queries.page_of(entity, condition.sql, order)
    paged = {**values, "rows": page.size, "offset": page.offset}
    rows = (await tx.execute(statement, paged)).mappings().all() if total else []
    families = await read(tx, profile, tools, [row["household_id"] for row in rows])
    await note(tx, profile, families, by="dci.search")
    return Found(list(records(families, profile, entity, rows)), total)


async def read(
    tx: AsyncConnection, profile: Profile, tools: Tools, household_ids: Iterable[UUID]
) -> Families:
    """Read families whole; only the numbers that the system may see are opened."""
    asked = {"household_ids": sorted(set(household_ids))}
    households, persons, enrolments = [
        [dict(row) for row in (await tx.execute(statement, asked)).mappings()]
        for statement in (
            search_queries.HOUSEHOLDS,
            search_queries.PERSONS,
            search_queries.ENROLMENTS,
        )
    ]
    kks = {
        row["id"]: tools.sealer.open_text(row["kk_sealed"], kk_context(row["kk_index"]))
        for row in (households if "kk" in profile.fields else ())
    }
    niks = {
        row["id"]: tools.sealer.open_text(row["nik_sealed"], nik_context(row["nik_index"]))
        for row in (persons if "nik" in profile.fields else ())
        if row["nik_sealed"] is not None
    }
    return Families(
        {row["id"]: row for row in households},
        _by_household(persons),
        _by_household(enrolments),
        shapes.Numbers(niks, kks),
    )


def _by_household(rows: Sequence[Record]) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row["household_id"]].append(row)
    return found


def records(
    families: Families,
    profile: Profile,
    entity: Entity,
    rows: Sequence[Mapping[str, Any] | RowMapping],
) -> Iterable[Record]:
    """Return what was found as records of the standard, in the order in which it was found."""
    for row in rows:
        household_id, subject_id = row["household_id"], row["subject_id"]
        household = families.households.get(household_id)
        if household is None:
            continue
        members = families.members.get(household_id, ())
        if entity == "Member":
            about = [one for one in members if one["id"] == subject_id]
            yield from (shapes.member(one, families.numbers, profile.fields) for one in about)
            continue
        whole = shapes.group(household, members, families.numbers, profile.fields)
        if entity == "Group":
            yield whole
            continue
        of_family = families.enrolments.get(household_id, ())
        yield from (shapes.beneficiary(one, whole) for one in of_family if one["id"] == subject_id)


async def note(tx: AsyncConnection, profile: Profile, families: Families, *, by: str) -> None:
    """Write one line of the access log for each family that was given to the system."""
    actor = profile.actor
    details = {"by": by, "fields": sorted(profile.fields)}
    lines = [
        {
            "id": ids.new_id(),
            "actor": actor.subject,
            "actor_name": profile.agency_name,
            "action": "household.shared",
            "subject_type": "household",
            "subject_id": str(row["id"]),
            "region_code": row["region_code"],
            "details": details,
            "request_id": actor.request_id,
        }
        for row in families.households.values()
    ]
    if lines:
        await tx.execute(audit.INSERT, lines)

"""One family as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.people import history_queries, queries
from registry.people.search import SEES_RESTRICTED

# What is left of a restricted member for who does not look after it: that there is somebody.
LEFT_OF_RESTRICTED = frozenset(
    {"id", "household_id", "relation", "status", "is_restricted", "is_erased"}
)
Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class Household:
    """A family with everything the registry holds about it but its sealed numbers."""

    record: RowMapping
    members: Sequence[Row]
    versions: Sequence[Row]
    facts: Sequence[Row]
    cards: Sequence[RowMapping]
    redemptions: Sequence[RowMapping]
    rosters: Sequence[RowMapping]


async def find_for(tx: AsyncConnection, caller: Principal, household_id: UUID) -> RowMapping:
    """Return a family's record; raises Refused not_found, outside_your_regions."""
    asked = {"household_id": household_id}
    found = (await tx.execute(queries.HOUSEHOLD, asked)).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def read(tx: AsyncConnection, caller: Principal, household_id: UUID) -> Household:
    """Return a family of the caller's regions, and note that it was read.

    Of restricted members an ordinary reader sees only that they are restricted.
    """
    record = await find_for(tx, caller, household_id)
    asked = {"household_id": household_id}
    members, versions, facts, cards, redemptions = [
        (await tx.execute(statement, asked)).mappings().all()
        for statement in (
            queries.MEMBERS,
            queries.VERSIONS,
            queries.FACTS,
            queries.CARDS,
            queries.REDEMPTIONS,
        )
    ]
    await audit.record(
        tx,
        caller,
        "household.read",
        "household",
        household_id,
        region_code=record["region_code"],
    )
    place = {"region_code": record["region_code"]}
    rosters = (await tx.execute(queries.ROSTERS, place)).mappings().all()
    around = (await tx.execute(history_queries.AROUND, asked)).mappings().all()
    hidden = hidden_from(caller, around)
    return Household(
        record,
        [_closed(one) if one["id"] in hidden else one for one in members],
        [one for one in versions if one["person_id"] not in hidden],
        [one for one in facts if one["subject_id"] not in hidden],
        cards,
        redemptions,
        rosters,
    )


def hidden_from(caller: Principal, members: Sequence[Row]) -> set[UUID]:
    """Return the members whose data this caller may not see."""
    if SEES_RESTRICTED in caller.permissions:
        return set()
    return {one["id"] for one in members if one["is_restricted"]}


def _closed(member: Row) -> Row:
    return {key: value if key in LEFT_OF_RESTRICTED else None for key, value in member.items()}


def as_json(found: Household) -> dict[str, Any]:
    """Return a family for a program: nothing sealed, only whether it is there."""
    return {
        **_open(found.record),
        "has_address": found.record["address_sealed"] is not None,
        "members": [
            {**_open(one), "has_nik": one["nik_sealed"] is not None} for one in found.members
        ],
        "facts": [_open(one) for one in found.facts],
        "cards": [_open(one) for one in found.cards],
        "redemptions": [_open(one) for one in found.redemptions],
    }


def _open(row: Row) -> dict[str, Any]:
    # Whatever is sealed now or later stays inside, and so does the index that would find it.
    return {key: value for key, value in row.items() if not key.endswith(("_index", "_sealed"))}

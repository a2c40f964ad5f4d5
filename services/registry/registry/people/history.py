"""A family as it was known on any day, and by whose word each value stood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import WIB
from registry.people import history_queries
from registry.people.household import hidden_from

FIELDS = (
    "name", "sex", "born_on", "birth_place", "relation", "marital", "status", "father_name",
    "mother_name", "has_nik",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the import that said it first, and since when it stands."""

    value: Any
    import_id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A member as known on the day."""

    person_id: UUID
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Known:
    """A family as known at the end of a day; `sources` are the files by id."""

    household_id: UUID
    day: date
    region: Value | None
    has_address: bool
    members: Sequence[Member]
    facts: Sequence[RowMapping]
    sources: Mapping[UUID, RowMapping]
    days: Sequence[date]


async def as_of(tx: AsyncConnection, caller: Principal, household_id: UUID, day: date) -> Known:
    """Return a family as it was known at the end of a day, and note that it was read.

    Raises Refused: not_found, outside_your_regions.
    """
    asked = {"household_id": household_id}
    family = (await tx.execute(history_queries.FAMILY, asked)).mappings().one_or_none()
    if family is None:
        raise Refused("not_found")
    caller.demand_region(family["region_code"])
    await audit.record(
        tx, caller, "household.history", "household", household_id,
        region_code=family["region_code"], details={"day": day.isoformat()},
    )  # fmt: skip
    until = datetime.combine(day + timedelta(days=1), time(), WIB)
    rows = await _rows(tx, {**asked, "until": until})
    ids_hidden = hidden_from(caller, rows["now"])
    ids_hidden |= {one["id"] for one in rows["now"] if one["is_erased"]}
    home = standing(rows["homes"], until)
    members = _members(household_id, rows["people"], until, ids_hidden)
    facts = [one for one in rows["facts"] if one["subject_id"] not in ids_hidden]
    region = said_by(rows["homes"], home, lambda row: row["region_code"]) if home else None
    days = {one["recorded_at"].astimezone(WIB).date() for one in rows["moments"]}
    return Known(
        household_id,
        day,
        region,
        home is not None and home["has_address"],
        members,
        facts,
        await _sources(tx, region, members, facts),
        sorted(days, reverse=True),
    )


async def _rows(tx: AsyncConnection, asked: Mapping[str, Any]) -> dict[str, Sequence[RowMapping]]:
    return {
        name: (await tx.execute(statement, asked)).mappings().all()
        for name, statement in (
            ("homes", history_queries.HOUSEHOLD_STATES),
            ("people", history_queries.PERSON_STATES),
            ("facts", history_queries.FACT_STATES),
            ("moments", history_queries.MOMENTS),
            ("now", history_queries.AROUND),
        )
    }


async def _sources(
    tx: AsyncConnection,
    region: Value | None,
    members: Sequence[Member],
    facts: Sequence[RowMapping],
) -> dict[UUID, RowMapping]:
    ids = {one["import_id"] for one in facts}
    ids |= {value.import_id for one in members for value in one.values.values()}
    ids |= {region.import_id} if region else set()
    found = (await tx.execute(history_queries.SOURCES, {"ids": list(ids)})).mappings()
    return {one["id"]: one for one in found}


def standing(states: Sequence[RowMapping], until: datetime) -> RowMapping | None:
    """Return the state that stood just before a moment; None when there was none."""
    for state in reversed(states):
        if state["recorded_at"] < until:
            replaced_at = state["replaced_at"]
            return state if replaced_at is None or replaced_at >= until else None
    return None


def said_by(states: Sequence[RowMapping], state: RowMapping, of: Any) -> Value:
    """Return a state's value with the import that said it first without a break."""
    first = state
    for earlier in reversed([one for one in states if one["version"] < state["version"]]):
        if of(earlier) != of(state):
            break
        first = earlier
    return Value(of(state), first["import_id"], first["recorded_at"])


def _members(
    household_id: UUID, rows: Sequence[RowMapping], until: datetime, hidden: set[UUID]
) -> list[Member]:
    by_person: dict[UUID, list[RowMapping]] = {}
    for row in rows:
        by_person.setdefault(row["person_id"], []).append(row)
    members = []
    for person_id, states in by_person.items():
        state = standing(states, until)
        if state is None or state["household_id"] != household_id or person_id in hidden:
            continue
        values = {
            field: said_by(states, state, lambda row, field=field: row["said"].get(field))
            for field in FIELDS
        }
        members.append(Member(person_id, values))
    return members

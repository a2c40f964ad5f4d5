"""The plain interface for other systems: families by page, one family, is it enrolled."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.regions import covers
from registry.dci import enrolled, find, search_queries, shapes
from registry.dci.find import Tools
from registry.dci.profiles import Profile

FIRST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Families:
    """A page of families, and the mark with which the next one begins."""

    families: list[dict[str, Any]]
    next_cursor: str | None


async def page(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    *,
    region_code: str,
    since: datetime | None,
    cursor: str,
    limit: int,
) -> Families:
    """Return families of the system's regions that changed since, by id.

    Raises Refused: outside_your_regions, cursor_unknown.
    """
    scopes: Sequence[str] = profile.scopes
    if region_code:
        if not any(covers(one, region_code) for one in scopes):
            raise Refused("outside_your_regions")
        scopes = [region_code]
    asked = {"after": _after(cursor), "scopes": list(scopes), "rows": limit + 1}
    statement = search_queries.WHOLE_PAGE
    if since is not None:
        statement, asked = search_queries.CHANGED_PAGE, {**asked, "since": since}
    ids = (await tx.execute(statement, asked)).scalars().all()
    found = await _families(tx, profile, tools, ids[:limit], by="exchange.page")
    return Families(found, _cursor(ids[limit - 1]) if len(ids) > limit else None)


async def one(
    tx: AsyncConnection, profile: Profile, tools: Tools, purpose: str, number: str
) -> list[dict[str, Any]]:
    """Return the family of a NIK or KK number, or nothing: elsewhere and nowhere are alike."""
    statement = (
        search_queries.HOUSEHOLD_OF_NIK if purpose == "nik" else search_queries.HOUSEHOLD_OF_KK
    )
    asked = {"number_index": tools.index.of(purpose, number), "scopes": list(profile.scopes)}
    ids = (await tx.execute(statement, asked)).scalars().all()
    return await _families(tx, profile, tools, ids, by="exchange.search")


@dataclass(frozen=True, slots=True)
class Question:
    """Whose enrolment is asked about, in which programme or cycle (or any)."""

    purpose: str
    number: str
    programme_code: str = ""
    cycle_id: UUID | None = None


async def enrolment(
    tx: AsyncConnection, profile: Profile, tools: Tools, asked: Question
) -> dict[str, Any]:
    """Return whether a family is enrolled, and in what; raises Refused exchange_field_missing."""
    if "enrolments" not in profile.fields:
        raise Refused("exchange_field_missing", field="enrolments")
    rows = await enrolled.enrolments_of(
        tx, profile, tools, asked.purpose, asked.number, by="exchange.enrolment"
    )
    wanted = [row for row in rows if _is_meant(row, asked)]
    return {
        "enrolled": any(row["state"] == "active" for row in wanted),
        "enrolments": [shapes.enrolment(row) for row in wanted],
    }


def _is_meant(row: Mapping[str, Any], asked: Question) -> bool:
    same_programme = asked.programme_code in {"", row["programme_code"]}
    return same_programme and asked.cycle_id in {None, row["cycle_id"]}


async def _families(
    tx: AsyncConnection, profile: Profile, tools: Tools, ids: Sequence[UUID], *, by: str
) -> list[dict[str, Any]]:
    families = await find.read(tx, profile, tools, ids)
    await find.note(tx, profile, families, by=by)
    found = []
    for household_id in ids:
        row = families.households[household_id]
        members = families.members.get(household_id, ())
        shown = shapes.family(row, members, families.numbers, profile.fields)
        if "enrolments" in profile.fields:
            of_family = families.enrolments.get(household_id, ())
            shown["enrolments"] = [shapes.enrolment(one) for one in of_family]
        found.append(shown)
    return found


def _cursor(household_id: UUID) -> str:
    return base64.urlsafe_b64encode(household_id.bytes).rstrip(b"=").decode()


def _after(cursor: str) -> UUID:
    if not cursor:
        return FIRST_ID
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Refused("cursor_unknown") from error

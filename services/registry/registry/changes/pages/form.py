"""The form of a change: its fields as a browser sends them, and what it offers to choose from."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import all_regions, region_name
from registry.changes import queries
from registry.changes.family import read_family
from registry.changes.record import Recording
from registry.changes.rules import Family
from registry.changes.schemas import ChangeRequest
from registry.people.household import find_for

TEXT_MAX = 600
IDS_MAX = 50


class ChangeForm(BaseModel):
    """What the browser sends: texts, of which any may be empty."""

    model_config = ConfigDict(extra="ignore", str_max_length=TEXT_MAX)

    id: UUID
    household_id: UUID
    kind: str
    happened_on: str = ""
    reason: str = ""
    evidence_kind: str = ""
    evidence_number: str = ""
    person_ids: list[UUID] = Field(default_factory=list, max_length=IDS_MAX)
    head_id: str = ""
    old_head_relation: str = ""
    to_region_code: str = ""
    enrolment_leaves: str = ""
    enrolment_ids: list[UUID] = Field(default_factory=list, max_length=IDS_MAX)
    until_on: str = ""
    new_household_id: str = ""
    new_kk: str = ""
    other_kk: str = ""
    corrects_id: str = ""

    def recording(self) -> Recording:
        """Return what is to be recorded; raises Refused naming the fields that do not fit."""
        given = {name: value for name, value in self.model_dump().items() if value not in ("", [])}
        given["enrolment_leaves"] = self.enrolment_leaves == "new"
        try:
            return ChangeRequest.model_validate(given).recording()
        except ValidationError as error:
            fields = [str(one["loc"][0]) for one in error.errors()]
            raise Refused("invalid_input", fields=fields) from None

    def fields(self) -> list[tuple[str, str]]:
        """Return every filled field, to be sent again as it was."""
        pairs: list[tuple[str, str]] = []
        for name, value in self.model_dump().items():
            values = value if isinstance(value, list) else [value]
            pairs += [(name, str(one)) for one in values if str(one)]
        return pairs


@dataclass(frozen=True, slots=True)
class Offered:
    """What a form shows of a family."""

    family: Family
    enrolments: list[RowMapping]
    head_name: str


async def offered(tx: AsyncConnection, caller: Principal, household_id: UUID) -> Offered:
    """Return a family of the caller's regions for the form, and note that it was read."""
    record = await find_for(tx, caller, household_id)
    await audit.record(
        tx,
        caller,
        "household.read",
        "household",
        household_id,
        region_code=record["region_code"],
    )
    family = await _with_shown_names(tx, await read_family(tx, record))
    ids = {"enrolment_ids": [*family.running, *family.suspended]}
    enrolments = list((await tx.execute(queries.ENROLMENT_NAMES, ids)).mappings())
    head = family.head or (family.members[0] if family.members else None)
    return Offered(family, enrolments, head.name if head else "")


async def _with_shown_names(tx: AsyncConnection, family: Family) -> Family:
    people = {"person_ids": [one.person_id for one in family.members]}
    names = {row.id: row.name for row in await tx.execute(queries.NAMES, people)}
    members = (replace(one, name=names.get(one.person_id, "")) for one in family.members)
    return replace(family, members=tuple(members))


def possible_kinds(shown: Offered) -> list[str]:
    """Return the kinds of change that this family can have."""
    family = shown.family
    alive = len(family.alive)
    wanted: dict[str, bool] = {
        "person_died": alive > 0,
        "head_changed": alive > 1,
        "moved_in_province": True,
        "moved_out": alive > 0,
        "split": alive > 1,
        "merge": True,
        "kk_changed": True,
        "suspend": bool(family.running),
        "resume": bool(family.suspended),
        "leave": bool(family.running or family.suspended),
    }
    return [kind for kind, is_possible in wanted.items() if is_possible]


def places(regency: str) -> dict[str, Any]:
    """Return the regencies, and the villages of the one that was chosen."""
    regions = all_regions().values()
    return {
        "regency": regency,
        "regencies": [(one.code, one.name) for one in regions if one.level == "regency"],
        "villages": [
            (one.code, f"{one.name} · {region_name(one.code[:8])}")
            for one in regions
            if one.level == "village" and regency and one.code.startswith(f"{regency}.")
        ],
    }

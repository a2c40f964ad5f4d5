"""What a person found at a sampled family's home, and what follows from it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import all_regions
from common.web.formats import in_wib
from registry.enrolment import checking_queries as queries
from registry.enrolment.propose import locked_for
from registry.enrolment.rules import AS_RECORDED, FINDINGS, REASON_CHARACTERS_MIN, TO_SETTLE
from registry.enrolment.sample import sample_of

NOTE_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as it is written down; positions in degrees of WGS 84."""

    id: UUID
    household_id: UUID
    visited_on: date
    place_code: str
    finding: str
    note: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Return what is stored of it."""
        return {
            "household_id": self.household_id,
            "visited_on": self.visited_on,
            "place_code": self.place_code,
            "finding": self.finding,
            "note": " ".join(self.note.split())[:NOTE_CHARACTERS_MAX] or None,
            "latitude": _degrees(self.latitude),
            "longitude": _degrees(self.longitude),
        }


def _degrees(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 5)


async def record_visit(
    tx: AsyncConnection, caller: Principal, list_id: UUID, visit: Visit
) -> RowMapping:
    """Write down a visit to a family of a proposed list's sample; the newest one counts.

    Raises Refused: outside_your_regions, list_not_proposed, same_person_proposed, not_found,
    region_unknown, visit_not_possible, reason_too_short, id_reused.
    """
    one = await locked_for(tx, caller, list_id)
    earlier = await _with_id(tx, visit.id)
    if earlier is not None:
        return _same(earlier, caller, list_id, visit)
    family = await _sampled_family(tx, caller, one, visit.household_id)
    await _check(tx, list_id, visit)
    who = {"recorded_by": caller.subject, "recorded_by_name": caller.name}
    where = {"id": visit.id, "list_id": list_id, "region_code": family["region_code"]}
    await tx.execute(queries.ADD_VISIT, {**where, **visit.values, **who})
    await _note(tx, caller, family, "visit.recorded", finding=visit.finding)
    written = await _with_id(tx, visit.id)
    if written is None:
        raise Refused("not_found")
    return written


async def keep_family(
    tx: AsyncConnection, caller: Principal, list_id: UUID, household_id: UUID, reason: str
) -> None:
    """Leave a family on the list although a visit spoke against it, with the reason.

    Raises Refused: outside_your_regions, list_not_proposed, same_person_proposed, not_found,
    reason_too_short, nothing_to_settle.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    one = await locked_for(tx, caller, list_id)
    family = await _sampled_family(tx, caller, one, household_id)
    asked = {"list_id": list_id, "household_id": household_id}
    newest = (await tx.execute(queries.NEWEST_VISIT, asked)).mappings().one_or_none()
    if newest is None or newest["finding"] not in TO_SETTLE:
        raise Refused("nothing_to_settle")
    who = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.KEEP, {**asked, **who, "reason": reason})
    await _note(tx, caller, family, "visit.kept")


async def _with_id(tx: AsyncConnection, visit_id: UUID) -> RowMapping | None:
    return (await tx.execute(queries.VISIT, {"visit_id": visit_id})).mappings().one_or_none()


def _same(earlier: RowMapping, caller: Principal, list_id: UUID, visit: Visit) -> RowMapping:
    said = {"list_id": list_id, "recorded_by": caller.subject, **visit.values}
    if any(earlier[key] != value for key, value in said.items()):
        raise Refused("id_reused")
    return earlier


async def _sampled_family(
    tx: AsyncConnection, caller: Principal, one: RowMapping, household_id: UUID
) -> RowMapping:
    """Return a family of the sample, held; refuse who may not visit it now."""
    if one["state"] != "proposed":
        raise Refused("list_not_proposed")
    if one["proposed_by"] == caller.subject:
        raise Refused("same_person_proposed")
    asked = {"list_id": one["id"], "household_id": household_id}
    rows = await tx.execute(queries.LOCK_SAMPLED, asked)
    found: RowMapping | None = rows.mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    return found


async def _check(tx: AsyncConnection, list_id: UUID, visit: Visit) -> None:
    if visit.place_code not in all_regions():
        raise Refused("region_unknown")
    sample = await sample_of(tx, list_id)
    drawn_on = in_wib(sample["drawn_at"]).date() if sample else date.max
    today = in_wib(clock.utc_now()).date()
    is_half = (visit.latitude is None) != (visit.longitude is None)
    if visit.finding not in FINDINGS or is_half or not drawn_on <= visit.visited_on <= today:
        raise Refused("visit_not_possible", drawn_on=drawn_on.isoformat())
    note = visit.values["note"] or ""
    if visit.finding != AS_RECORDED and len(note) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)


async def _note(
    tx: AsyncConnection, caller: Principal, family: RowMapping, action: str, **details: str
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "household",
        family["household_id"],
        region_code=family["region_code"],
        details={"list_id": str(family["list_id"]), **details},
    )

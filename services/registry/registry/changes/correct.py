"""Undoing a change that was confirmed by mistake: on the same day, by a change that puts back."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.problems import Refused
from common.web.formats import in_wib
from registry.changes import queries
from registry.changes.rules import EnrolmentStep, Family, FamilyStep, PersonStep, Plan
from registry.enrolment.change_state import running_of

# What puts back what a change did to an enrolment.
INVERSE = {"ended": "resume", "suspended": "resume", "resumed": "suspend"}


async def plan_back(tx: AsyncConnection, family: Family, change_id: UUID) -> Plan:
    """Return the plan that puts everything back as a change had found it.

    People are put back as they were; one who was changed again since refuses when it is confirmed.
    Raises Refused: change_cannot_be_undone, change_too_late_to_undo.
    """
    asked = {"change_id": change_id}
    change = (await tx.execute(queries.CHANGE, asked)).mappings().one_or_none()
    if change is None or change["household_id"] != family.household_id:
        raise Refused("not_found")
    if change["state"] != "confirmed" or change["kind"] == "correction":
        raise Refused("change_cannot_be_undone")
    if not is_same_day(change):
        raise Refused("change_too_late_to_undo")
    persons = tuple(
        PersonStep(
            row["person_id"],
            row["version_after"],
            row["household_id_before"],
            row["relation_before"],
            row["status_before"],
        )
        for row in (await tx.execute(queries.PERSON_CHANGES_OF, asked)).mappings()
    )
    rows = (await tx.execute(queries.HOUSEHOLD_CHANGES_OF, asked)).mappings().all()
    for row in rows:
        await _demand_untouched(tx, row)
    families = tuple(_family_back(row) for row in rows)
    return Plan(families, persons, await _enrolments_back(tx, change_id))


async def _demand_untouched(tx: AsyncConnection, row: RowMapping) -> None:
    """Refuse where something was built on the change: another one, or a new family's enrolment."""
    household_id = {"household_id": row["household_id"]}
    if await tx.scalar(queries.SEQUENCE, household_id) != row["sequence"]:
        raise Refused("change_cannot_be_undone")
    was_made = row["region_code_before"] is None
    if was_made and await running_of(tx, [row["household_id"]]):
        raise Refused("change_cannot_be_undone")


def is_same_day(change: RowMapping) -> bool:
    """Tell whether a change was confirmed today, as the office's calendar says."""
    decided_at = change["decided_at"]
    return bool(decided_at) and in_wib(decided_at).date() == in_wib(clock.utc_now()).date()


def _family_back(row: RowMapping) -> FamilyStep:
    was_made = row["region_code_before"] is None
    kk = "keep"
    if was_made:
        # It stays on record, empty, and must not hold the number that goes back.
        kk = "temporary"
    elif row["kk_index_before"] is not None:
        kk = "back"
    return FamilyStep(
        household_id=row["household_id"],
        kind="corrected",
        region_code=row["region_code_before"] or row["region_code_after"],
        sequence=row["sequence"],
        card_action="none" if row["card_action"] == "none" or was_made else "reissue",
        related_id=row["related_household_id"],
        kk=kk,
    )


async def _enrolments_back(tx: AsyncConnection, change_id: UUID) -> tuple[EnrolmentStep, ...]:
    rows = (await tx.execute(queries.ENROLMENT_STEPS_OF, {"change_id": change_id})).all()
    # A list or another change has decided about it since: that stands.
    if not all(row.is_last for row in rows):
        raise Refused("change_cannot_be_undone")
    groups: dict[tuple[UUID, str], list[UUID]] = {}
    for row in rows:
        groups.setdefault((row.household_id, INVERSE[row.step]), []).append(row.enrolment_id)
    return tuple(
        EnrolmentStep(household_id, act, tuple(ids), "mistake")
        for (household_id, act), ids in sorted(groups.items())
    )

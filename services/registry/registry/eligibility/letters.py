"""Letters to families about their decision; the month for an objection counts from a letter."""

import calendar
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from registry.eligibility import letter_queries

# A town's quarter has thousands: they come in several files, and nobody's letter stays unprinted.
LETTERS_A_FILE = 500
VILLAGE_CODE_LENGTH = len("62.01.01.2001")


def due_on(issued_on: date) -> date:
    """Return the last day for an objection: the same day of the next month, or its last one."""
    year, month = divmod(issued_on.year * 12 + issued_on.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(issued_on.day, last))


async def issue_letter(
    tx: AsyncConnection, caller: Principal, household_id: UUID, decision_id: UUID
) -> RowMapping:
    """Record the letter about a decision, once, and return it with all that it says.

    Raises Refused: not_found, outside_your_regions, letter_not_current.
    """
    asked = {"household_id": household_id, "decision_id": decision_id}
    decision = (await tx.execute(letter_queries.DECISION, asked)).mappings().one_or_none()
    if decision is None:
        raise Refused("not_found")
    caller.demand_region(decision["region_code"])
    if not decision["has_letter"]:
        if not decision["is_current"]:
            raise Refused("letter_not_current")
        await tx.execute(letter_queries.ISSUE, {**asked, **_by(caller)})
        await audit.record(
            tx,
            caller,
            "letter.issue",
            "household",
            household_id,
            region_code=decision["region_code"],
            details={"decision_id": str(decision_id)},
        )
    return (await letter(tx, caller, household_id, decision_id))[0]


async def letter(
    tx: AsyncConnection, caller: Principal, household_id: UUID, decision_id: UUID
) -> Sequence[RowMapping]:
    """Return a recorded letter with all that it says, in a list; empty when there is none."""
    asked = {"household_id": household_id, "decision_id": decision_id}
    rows = (await tx.execute(letter_queries.LETTER, asked)).mappings().all()
    for row in rows:
        caller.demand_region(row["region_code"])
        await audit.record(
            tx,
            caller,
            "letter.read",
            "household",
            household_id,
            region_code=row["region_code"],
        )
    return rows


async def issue_for_village(
    tx: AsyncConnection, caller: Principal, cycle_id: UUID, village: str
) -> int:
    """Record letters for every decided family of a village that has none yet; return how many.

    Families that wait for review get none: nothing is decided about them. Raises Refused:
    village_needed, outside_your_regions.
    """
    if len(village) != VILLAGE_CODE_LENGTH:
        raise Refused("village_needed")
    caller.demand_region(village)
    asked = {"cycle_id": cycle_id, "region_code": village}
    issued = await tx.execute(letter_queries.ISSUE_FOR_VILLAGE, {**asked, **_by(caller)})
    await audit.record(
        tx,
        caller,
        "letter.issue",
        "region",
        village,
        region_code=village,
        details={"cycle_id": str(cycle_id), "letters": issued.rowcount},
    )
    return int(issued.rowcount)


async def files_of_village(tx: AsyncConnection, cycle_id: UUID, village: str) -> int:
    """Return how many files the letters about current decisions of a village fill."""
    asked = {"cycle_id": cycle_id, "region_code": village}
    return -(-int(await tx.scalar(letter_queries.COUNT_OF_VILLAGE, asked) or 0) // LETTERS_A_FILE)


async def letters_of_village(
    tx: AsyncConnection, caller: Principal, cycle_id: UUID, village: str, part: int = 1
) -> Sequence[RowMapping]:
    """Return the letters about current decisions of a village, by name, at most LETTERS_A_FILE.

    Raises Refused: village_needed, outside_your_regions.
    """
    if len(village) != VILLAGE_CODE_LENGTH:
        raise Refused("village_needed")
    caller.demand_region(village)
    asked = {"cycle_id": cycle_id, "region_code": village}
    asked |= {"rows": LETTERS_A_FILE, "skip": (part - 1) * LETTERS_A_FILE}
    rows = (await tx.execute(letter_queries.LETTERS_OF_VILLAGE, asked)).mappings().all()
    details = {
        "cycle_id": str(cycle_id),
        "letters": len(rows),
        "households": [str(row["household_id"]) for row in rows],
    }
    await audit.record(
        tx, caller, "letter.read", "region", village, region_code=village, details=details
    )
    return rows


def _by(caller: Principal) -> dict[str, object]:
    return {
        "person": caller.subject,
        "person_name": caller.name,
        "due_on": due_on(in_wib(clock.utc_now()).date()),
    }

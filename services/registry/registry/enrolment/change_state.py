"""The common part of ending, suspending and resuming: rows, their history, and their events."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, outbox
from common.auth.principal import Principal
from common.events import BATCH_MAX, Event
from common.problems import Refused
from common.web.formats import in_wib
from registry.enrolment import state_queries
from registry.enrolment.state_rules import REASONS

SOURCE = "registry"
RUNNING = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why states change: a word, and the list or the change in a family's life behind it."""

    reason: str
    list_id: UUID | None = None
    change_id: UUID | None = None

    @property
    def subject(self) -> str:
        """The aggregate under which its events keep their order."""
        if self.list_id is not None:
            return f"beneficiary_list:{self.list_id}"
        return f"change:{self.change_id}"

    @property
    def values(self) -> dict[str, Any]:
        """Return what the statements and the events say of it."""
        return {"list_id": self.list_id, "change_id": self.change_id}


# Makes the event of rows of one cycle: which batch this is of how many.
MakeEvent = Callable[[Sequence[RowMapping], int, int], Event]


async def running_of(
    tx: AsyncConnection, household_ids: Sequence[UUID], states: Sequence[str] = RUNNING
) -> list[RowMapping]:
    """Return the enrolments of families in cycles that are not over, in these states."""
    asked = {
        "household_ids": list(household_ids),
        "states": list(states),
        "today": in_wib(clock.utc_now()).date(),
    }
    return list((await tx.execute(state_queries.RUNNING_OF, asked)).mappings())


async def locked(
    tx: AsyncConnection, ids: Sequence[UUID], states: Sequence[str]
) -> list[RowMapping]:
    """Return those of the enrolments that are in these states, held until the transaction ends."""
    rows = (await tx.execute(state_queries.LOCK, {"ids": list(ids)})).mappings()
    return [row for row in rows if row["state"] in states]


async def write(
    tx: AsyncConnection,
    caller: Principal,
    rows: Sequence[RowMapping],
    step: str,
    *,
    by: TextClause,
    cause: Cause,
    **values: Any,
) -> None:
    """Change rows that are locked by a statement, and add who did it and why to their history."""
    if cause.reason not in REASONS:
        raise Refused("invalid_input")
    ids = {"ids": [row["id"] for row in rows]}
    await tx.execute(by, {**ids, **values})
    who = {"person": caller.subject, "person_name": caller.name}
    told = {"step": step, "reason": cause.reason, **cause.values}
    await tx.execute(state_queries.ADD_STEPS, {**ids, **who, **told})


async def record_each(
    tx: AsyncConnection, caller: Principal, rows: Sequence[RowMapping], step: str, cause: Cause
) -> None:
    """Note a person's act about each family in the audit log; raises Refused outside its regions.

    A list's act is noted once, as the list's.
    """
    for row in rows:
        caller.demand_region(row["region_code"])
        await audit.record(
            tx,
            caller,
            f"enrolment.{step}",
            "household",
            row["household_id"],
            region_code=row["region_code"],
            details={"enrolment_id": str(row["id"]), "reason": cause.reason},
        )


async def tell(
    tx: AsyncConnection,
    rows: Sequence[RowMapping],
    cause: Cause,
    make: MakeEvent,
    first: int = 0,
) -> int:
    """Write the events about rows, at most BATCH_MAX in each; return the next sequence number."""
    number = first
    for of_cycle in _by_cycle(rows):
        batches = -(-len(of_cycle) // BATCH_MAX)
        for batch in range(batches):
            part = of_cycle[batch * BATCH_MAX : (batch + 1) * BATCH_MAX]
            event = make(part, batch + 1, batches)
            await outbox.publish(tx, event, source=SOURCE, subject=cause.subject, sequence=number)
            number += 1
    return number


def _by_cycle(rows: Sequence[RowMapping]) -> Iterator[list[RowMapping]]:
    def cycle(row: RowMapping) -> tuple[str, str]:
        return str(row["programme_id"]), str(row["cycle_id"])

    for _, of_cycle in groupby(sorted(rows, key=cycle), key=cycle):
        yield list(of_cycle)


def about(rows: Sequence[RowMapping], cause: Cause, batch: int, batches: int) -> dict[str, Any]:
    """Return what every event about enrolments says of its batch."""
    return {
        **cause.values,
        "programme_code": rows[0]["programme_code"],
        "cycle_id": rows[0]["cycle_id"],
        "batch": batch,
        "batches": batches,
    }


def of(row: RowMapping, cause: Cause) -> dict[str, Any]:
    """Return what every event says of one enrolment; its version is the one after the change."""
    return {
        "enrolment_id": row["id"],
        "household_id": row["household_id"],
        "region_code": row["region_code"],
        "reason": cause.reason,
        "version": row["version"] + 1,
    }


def now_or(at: datetime | None) -> datetime:
    """Return the given moment, or now."""
    return at or clock.utc_now()

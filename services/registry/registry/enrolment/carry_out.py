"""What an approved difference list does beside enrolling: ends, comebacks, and those who wait."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.web.formats import WIB
from registry.eligibility.read import cycle_with_id
from registry.enrolment import difference_queries as queries
from registry.enrolment.change_state import RUNNING, Cause, locked
from registry.enrolment.end import end_rows
from registry.enrolment.state_rules import NOT_ELIGIBLE
from registry.enrolment.suspend import resume_rows, suspend_rows


async def carry_out(tx: AsyncConnection, one: RowMapping, at: datetime, first: int) -> None:
    """End those who leave, let those who are back go on; events are numbered from `first`.

    Into a new cycle, who leaves keeps what the running one gives until it is over, and who
    waited goes on waiting. Past the guard, services and fees go on for the days of grace.
    """
    signer = Principal(one["approved_by"], one["approved_by_name"], frozenset(), frozenset())
    is_new_cycle = one["base_cycle_id"] != one["cycle_id"]
    ended_at = at
    if is_new_cycle:
        base = await cycle_with_id(tx, one["base_cycle_id"])
        ended_at = max(at, end_of(base["closes_on"]))
    grace_until = None
    if one["grace_days"] is not None:
        grace_until = ended_at + timedelta(days=one["grace_days"])
    list_id = {"list_id": one["id"]}
    leaving = await locked(tx, await _ids(tx, queries.LEAVING, one), RUNNING)
    number = first
    if leaving:
        cause = Cause(NOT_ELIGIBLE, list_id=one["id"])
        number = await end_rows(
            tx, signer, leaving, cause, ended_at=ended_at, grace_until=grace_until, first=number
        )
    back = await locked(tx, await _ids(tx, queries.RETURNING_ONES, one), ("ended",))
    if back:
        cause = Cause("eligible_again", list_id=one["id"])
        number = await resume_rows(tx, signer, back, cause, number)
    waiting = (await tx.execute(queries.WAITING_ONES, list_id)).all()
    for (reason, change_id), group in groupby(
        waiting, key=lambda row: (row.suspend_reason, row.change_id)
    ):
        rows = await locked(tx, [row.id for row in group], ("active",))
        if change_id is not None:
            await suspend_rows(tx, signer, rows, Cause(reason, change_id=change_id))
        else:
            cause = Cause(reason, list_id=one["id"])
            number = await suspend_rows(tx, signer, rows, cause, number)


def end_of(day: date) -> datetime:
    """Return the moment at which a day is over in Central Kalimantan."""
    return datetime.combine(day + timedelta(days=1), time(), WIB).astimezone(UTC)


async def _ids(tx: AsyncConnection, statement: TextClause, one: RowMapping) -> list[UUID]:
    return list((await tx.execute(statement, {"list_id": one["id"]})).scalars())

"""Letting enrolments wait, and go on: for a death, a move, a doubt that a person looks into."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.events import (
    EnrolmentsResumedV1,
    EnrolmentsSuspendedV1,
    ResumedEnrolment,
    SuspendedEnrolment,
)
from registry.enrolment import state_queries
from registry.enrolment.change_state import Cause, about, locked, of, record_each, tell, write

SUSPENDED = ("suspended",)
# What undoing a mistake may bring back.
STOPPED = ("suspended", "ended")


async def suspend_enrolments(
    tx: AsyncConnection,
    caller: Principal,
    enrolments: Sequence[UUID],
    reason: str,
    *,
    change_id: UUID,
) -> int:
    """Suspend running enrolments by their ids; return how many were suspended by this.

    Those that wait or have ended already stay as they are. Raises Refused:
    outside_your_regions, invalid_input.
    """
    cause = Cause(reason, change_id=change_id)
    rows = await locked(tx, enrolments, ("active",))
    if not rows:
        return 0
    await record_each(tx, caller, rows, "suspended", cause)
    await suspend_rows(tx, caller, rows, cause)
    return len(rows)


async def suspend_rows(
    tx: AsyncConnection,
    caller: Principal,
    rows: Sequence[RowMapping],
    cause: Cause,
    first: int = 0,
) -> int:
    """Suspend enrolments that are locked and tell it; return the next sequence number."""
    at = clock.utc_now()
    values = {"at": at, "reason": cause.reason}
    await write(tx, caller, rows, "suspended", by=state_queries.SUSPEND, cause=cause, **values)

    def event(part: Sequence[RowMapping], batch: int, batches: int) -> EnrolmentsSuspendedV1:
        suspended = tuple(SuspendedEnrolment(**of(row, cause), suspended_at=at) for row in part)
        return EnrolmentsSuspendedV1(**about(part, cause, batch, batches), suspended=suspended)

    return await tell(tx, rows, cause, event, first)


async def resume_enrolments(
    tx: AsyncConnection,
    caller: Principal,
    enrolments: Sequence[UUID],
    reason: str,
    *,
    change_id: UUID,
    states: Sequence[str] = SUSPENDED,
) -> int:
    """Let enrolments that are in these states go on; return how many do by this.

    What a family had received of the cycle stays received. Raises Refused:
    outside_your_regions, invalid_input.
    """
    cause = Cause(reason, change_id=change_id)
    rows = await locked(tx, enrolments, states)
    if not rows:
        return 0
    await record_each(tx, caller, rows, "resumed", cause)
    await resume_rows(tx, caller, rows, cause)
    return len(rows)


async def resume_rows(
    tx: AsyncConnection,
    caller: Principal,
    rows: Sequence[RowMapping],
    cause: Cause,
    first: int = 0,
) -> int:
    """Let enrolments that are locked go on and tell it; return the next sequence number."""
    at = clock.utc_now()
    await write(tx, caller, rows, "resumed", by=state_queries.RESUME, cause=cause)

    def event(part: Sequence[RowMapping], batch: int, batches: int) -> EnrolmentsResumedV1:
        resumed = tuple(ResumedEnrolment(**of(row, cause), resumed_at=at) for row in part)
        return EnrolmentsResumedV1(**about(part, cause, batch, batches), resumed=resumed)

    return await tell(tx, rows, cause, event, first)

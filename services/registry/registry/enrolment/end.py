"""Ending enrolments: by an approved list, or because a family's life has changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.events import EndedEnrolment, EnrolmentsEndedV1
from registry.eligibility.read import benefits_of
from registry.enrolment import state_queries
from registry.enrolment.change_state import (
    RUNNING,
    Cause,
    about,
    locked,
    now_or,
    of,
    record_each,
    tell,
    write,
)
from registry.enrolment.state_rules import KEPT_KINDS


async def end_enrolments(
    tx: AsyncConnection,
    caller: Principal,
    enrolments: Sequence[UUID],
    reason: str,
    *,
    change_id: UUID,
    ended_at: datetime | None = None,
    grace_until: datetime | None = None,
) -> int:
    """End enrolments by their ids, now or from `ended_at`; return how many were ended by this.

    Services and fees go on until `grace_until`. Those that have ended already stay as they are,
    so that a repeat changes nothing. Raises Refused: outside_your_regions, invalid_input.
    """
    cause = Cause(reason, change_id=change_id)
    rows = await locked(tx, enrolments, RUNNING)
    if not rows:
        return 0
    await record_each(tx, caller, rows, "ended", cause)
    at = now_or(ended_at)
    await end_rows(tx, caller, rows, cause, ended_at=at, grace_until=grace_until)
    return len(rows)


async def end_rows(
    tx: AsyncConnection,
    caller: Principal,
    rows: Sequence[RowMapping],
    cause: Cause,
    *,
    ended_at: datetime,
    grace_until: datetime | None,
    first: int = 0,
) -> int:
    """End enrolments that are locked and tell the others; return the next sequence number."""
    moments = {"at": ended_at, "grace_until": grace_until}
    told = {"reason": cause.reason, **cause.values}
    await write(tx, caller, rows, "ended", by=state_queries.END, cause=cause, **moments, **told)
    programmes = {row["programme_id"] for row in rows} if grace_until else set()
    kept = {one: await _kept_benefits(tx, one) for one in programmes}

    def event(part: Sequence[RowMapping], batch: int, batches: int) -> EnrolmentsEndedV1:
        ended = tuple(
            EndedEnrolment(
                **of(row, cause),
                ended_at=ended_at,
                grace_until=grace_until,
                kept_benefit_ids=kept.get(row["programme_id"], ()),
            )
            for row in part
        )
        return EnrolmentsEndedV1(**about(part, cause, batch, batches), ended=ended)

    return await tell(tx, rows, cause, event, first)


async def _kept_benefits(tx: AsyncConnection, programme_id: UUID) -> tuple[UUID, ...]:
    benefits = await benefits_of(tx, programme_id)
    return tuple(one["id"] for one in benefits if one["kind"] in KEPT_KINDS)

"""Enrolments that were approved wait, end, or hold again, whatever order this is heard in."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import EnrolmentsEndedV1, EnrolmentsResumedV1, EnrolmentsSuspendedV1
from redemption.entitlements import standing_queries as queries


async def suspend(tx: AsyncConnection, event: EnrolmentsSuspendedV1) -> None:
    """Let nothing be redeemed under these enrolments until they are resumed."""
    await _note(
        tx,
        event.cycle_id,
        [_said(one.household_id, one.version, "suspended") for one in event.suspended],
    )


async def resume(tx: AsyncConnection, event: EnrolmentsResumedV1) -> None:
    """Let these enrolments hold again, with what is left of their rights."""
    await _note(
        tx,
        event.cycle_id,
        [_said(one.household_id, one.version, "running") for one in event.resumed],
    )


async def end(tx: AsyncConnection, event: EnrolmentsEndedV1) -> None:
    """End the rights of these enrolments, each at its hour; benefits that are kept go on longer."""
    await _note(
        tx,
        event.cycle_id,
        [
            {
                **_said(one.household_id, one.version, "ended"),
                "ended_at": one.ended_at,
                "grace_until": one.grace_until,
                "kept_benefit_ids": list(one.kept_benefit_ids),
            }
            for one in event.ended
        ],
    )


def _said(household_id: UUID, version: int, standing: str) -> dict[str, Any]:
    return {
        "household_id": household_id,
        "version": version,
        "standing": standing,
        "ended_at": None,
        "grace_until": None,
        "kept_benefit_ids": [],
    }


async def _note(tx: AsyncConnection, cycle_id: UUID, rows: list[dict[str, Any]]) -> None:
    if rows:
        await queries.hold_cycle(tx, cycle_id)
        # In the order of the families, so that two batches never wait in a circle.
        await queries.note(tx, cycle_id, sorted(rows, key=lambda row: str(row["household_id"])))

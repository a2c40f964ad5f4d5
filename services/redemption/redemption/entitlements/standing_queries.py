"""The SQL statements about enrolments that are suspended, ended or resumed after their approval."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# What is said of a cycle's enrolments waits for the grants of that cycle which are under way, and
# they for it: either the grant finds the standing, or the standing finds the right.
LOCK_CYCLE = text("SELECT pg_advisory_xact_lock(620020, hashtext(:cycle_id))")
SHARE_CYCLE = text("SELECT pg_advisory_xact_lock_shared(620020, hashtext(:cycle_id))")
NOTE = text("""
    INSERT INTO enrolment_standings AS known
        (household_id, cycle_id, version, standing, ended_at, grace_until, kept_benefit_ids)
    VALUES (:household_id, :cycle_id, :version, :standing, :ended_at, :grace_until,
            CAST(:kept_benefit_ids AS uuid[]))
    ON CONFLICT (household_id, cycle_id) DO UPDATE SET
        version = excluded.version, standing = excluded.standing, ended_at = excluded.ended_at,
        grace_until = excluded.grace_until, kept_benefit_ids = excluded.kept_benefit_ids
    WHERE known.version < excluded.version
""")
# In the order of the key, as everyone takes these rows; a redemption in progress is waited for.
APPLY = text("""
    WITH held AS (
        SELECT household_id, cycle_id, benefit_id, subject_id FROM entitlements
        WHERE cycle_id = :cycle_id AND household_id = ANY(CAST(:household_ids AS uuid[]))
        ORDER BY household_id, cycle_id, benefit_id, subject_id FOR UPDATE
    )
    UPDATE entitlements e SET standing = s.standing,
        ends_at = CASE WHEN e.benefit_id = ANY(s.kept_benefit_ids)
            THEN greatest(s.ended_at, s.grace_until) ELSE s.ended_at END
    FROM held h, enrolment_standings s
    WHERE (e.household_id, e.cycle_id, e.benefit_id, e.subject_id)
        = (h.household_id, h.cycle_id, h.benefit_id, h.subject_id)
      AND (s.household_id, s.cycle_id) = (h.household_id, h.cycle_id)
""")


async def hold_cycle(tx: AsyncConnection, cycle_id: UUID) -> None:
    """Wait for grants of a cycle and keep further ones waiting."""
    await tx.execute(LOCK_CYCLE, {"cycle_id": str(cycle_id)})


async def share_cycle(tx: AsyncConnection, cycle_id: UUID) -> None:
    """Let other grants of a cycle go on, but nothing be said of its enrolments meanwhile."""
    await tx.execute(SHARE_CYCLE, {"cycle_id": str(cycle_id)})


async def note(tx: AsyncConnection, cycle_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what is newest of each enrolment, and bring the rights that exist in line with it."""
    await tx.execute(NOTE, [{**row, "cycle_id": cycle_id} for row in rows])
    household_ids = [row["household_id"] for row in rows]
    await tx.execute(APPLY, {"cycle_id": cycle_id, "household_ids": household_ids})

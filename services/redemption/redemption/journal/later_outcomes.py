"""What people decided about a terminal's lines after the terminal had sent them.

A judgement is written a moment before it can be read, so each look goes a little further back than
the last one ended: what is told twice is the same twice.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal.later_queries import CONFLICTS, JUDGED, REVIEWED

# A phone's moment may be any; looks reach from the one to the other.
BEGINNING, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person judged of a line that had become a conflict."""

    id: UUID
    outcome: str
    reason: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person decided about a journal that was held, and which lines became conflicts."""

    journal_id: UUID
    outcome: str
    reason: str
    reviewed_at: datetime
    conflicts: list[UUID]


@dataclass(frozen=True, slots=True)
class Later:
    """What became of conflicts, and of journals that were held."""

    judgements: list[Judged]
    reviews: list[Reviewed]


async def later_outcomes(tx: AsyncConnection, terminal_id: UUID, since: datetime | None) -> Later:
    """Return what was judged and reviewed of this terminal's lines since a moment."""
    known = min(max(since or BEGINNING, BEGINNING), END)
    asked = {"terminal_id": terminal_id, "since": known - OVERLAP}
    judged = (await tx.execute(JUDGED, asked)).all()
    reviewed = (await tx.execute(REVIEWED, asked)).all()
    became: dict[UUID, list[UUID]] = {row.journal_id: [] for row in reviewed}
    if became:
        journals = {"terminal_id": terminal_id, "journal_ids": list(became)}
        for row in await tx.execute(CONFLICTS, journals):
            became[row.journal_id].append(row.act_id)
    return Later(
        [
            Judged(id=row.act_id, outcome=row.outcome, reason=row.reason, judged_at=row.judged_at)
            for row in judged
        ],
        [
            Reviewed(
                journal_id=row.journal_id,
                outcome=row.outcome,
                reason=row.review_reason,
                reviewed_at=row.reviewed_at,
                conflicts=became[row.journal_id],
            )
            for row in reviewed
        ],
    )

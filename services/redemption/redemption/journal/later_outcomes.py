"""What people decided about a terminal's lines after the terminal had sent them.

A judgement is written a moment before it can be read, so each look goes a little further back than
the last one ended: what is told twice is the same twice.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from redemption.journal.schemas import LaterJudgement, LaterReview
from redemption.journal.tables import conflict_judgements, conflicts, quarantines

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)
ROWS_MAX = 1000
_c, _j, _q = conflicts.c, conflict_judgements.c, quarantines.c
_since = bindparam("since", type_=DateTime(timezone=True))
JUDGED = (
    select(_c.act_id, _j.outcome, _j.reason, _j.judged_at)
    .select_from(conflict_judgements.join(conflicts, _j.conflict_id == _c.id))
    .where(_c.terminal_id == bindparam("terminal_id"), _j.judged_at >= _since)
    .order_by(_j.judged_at.desc())
    .limit(ROWS_MAX)
)
REVIEWED = (
    select(_q.journal_id, _q.outcome, _q.review_reason, _q.reviewed_at)
    .where(_q.terminal_id == bindparam("terminal_id"), _q.reviewed_at >= _since)
    .order_by(_q.reviewed_at)
    .limit(ROWS_MAX)
)
CONFLICTS = select(_c.journal_id, _c.act_id).where(
    _c.terminal_id == bindparam("terminal_id"),
    _c.journal_id == any_(bindparam("journal_ids", type_=ARRAY(Uuid))),
)


@dataclass(frozen=True, slots=True)
class Later:
    """What became of conflicts, and of journals that were held."""

    judgements: list[LaterJudgement]
    reviews: list[LaterReview]


async def later_outcomes(tx: AsyncConnection, terminal_id: UUID, since: datetime | None) -> Later:
    """Return what was judged and reviewed of this terminal's lines since a moment."""
    asked = {"terminal_id": terminal_id, "since": (since or BEGINNING) - OVERLAP}
    judged = (await tx.execute(JUDGED, asked)).all()
    reviewed = (await tx.execute(REVIEWED, asked)).all()
    became: dict[UUID, list[UUID]] = {row.journal_id: [] for row in reviewed}
    if became:
        journals = {"terminal_id": terminal_id, "journal_ids": list(became)}
        for row in await tx.execute(CONFLICTS, journals):
            became[row.journal_id].append(row.act_id)
    return Later(
        [
            LaterJudgement(
                id=row.act_id, outcome=row.outcome, reason=row.reason, judged_at=row.judged_at
            )
            for row in judged
        ],
        [
            LaterReview(
                journal_id=row.journal_id,
                outcome=row.outcome,
                reason=row.review_reason,
                reviewed_at=row.reviewed_at,
                conflicts=became[row.journal_id],
            )
            for row in reviewed
        ],
    )

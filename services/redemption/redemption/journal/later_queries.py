"""The SQL statements that read what people decided about a terminal's lines afterwards."""

from sqlalchemy import DateTime, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from redemption.journal.tables import conflict_judgements, conflicts, quarantines

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

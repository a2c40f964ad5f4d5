"""Every SQL statement about the phones' journals, refused lines and quarantines."""

from sqlalchemy import bindparam, insert, select, text, update

from issuance.handing_over.queries import REOPEN_ROUND
from issuance.handing_over.round_tables import journal_lines, phone_journals, quarantines

__all__ = ["REOPEN_ROUND"]

_j, _l, _q = phone_journals, journal_lines, quarantines

OPEN_JOURNAL = text("""
    INSERT INTO phone_journals
        (journal_id, round_id, holder, holder_name, opened_at, last_sequence, last_hash)
    VALUES (:journal_id, :round_id, :holder, :holder_name, :at, 0, :start)
    ON CONFLICT (journal_id) DO NOTHING
""")
SELECT_JOURNAL_FOR_UPDATE = select(_j).where(_j.c.journal_id == bindparam("id")).with_for_update()
SELECT_LINES = select(_l).where(_l.c.line_id.in_(bindparam("ids", expanding=True)))
INSERT_LINE = insert(_l)
ADVANCE = (
    update(_j)
    .where(_j.c.journal_id == bindparam("id"))
    .values(last_sequence=bindparam("sequence"), last_hash=bindparam("hash"))
)
INSERT_QUARANTINE = text("""
    INSERT INTO quarantines
        (quarantine_id, journal_id, received_at, reason, lines, digest, sealed_batch, holder)
    VALUES (:quarantine_id, :journal_id, :at, :reason, :lines, :digest, :sealed_batch, :holder)
    ON CONFLICT (journal_id, digest) DO NOTHING
""")
SELECT_QUARANTINE_FOR_UPDATE = (
    select(_q, _j.c.round_id, _j.c.holder_name, _j.c.last_sequence)
    .join(_j, _j.c.journal_id == _q.c.journal_id)
    .where(_q.c.quarantine_id == bindparam("id"))
    .with_for_update()
)
SELECT_QUARANTINES = (
    select(_q, _j.c.holder_name)
    .join(_j, _j.c.journal_id == _q.c.journal_id)
    .where(_j.c.round_id == bindparam("id"))
    .order_by(_q.c.received_at)
)
RELEASE = (
    update(_q)
    .where(_q.c.quarantine_id == bindparam("id"))
    .values(
        released_at=bindparam("at"), released_by=bindparam("by"), released_by_name=bindparam("name")
    )
)
SELECT_REFUSED = (
    select(_l)
    .join(_j, _j.c.journal_id == _l.c.journal_id)
    .where(_j.c.round_id == bindparam("id"), _l.c.state == "refused")
    .order_by(_l.c.received_at, _l.c.sequence)
)
SELECT_LINE_FOR_UPDATE = (
    select(_l, _j.c.round_id)
    .join(_j, _j.c.journal_id == _l.c.journal_id)
    .where(_l.c.line_id == bindparam("id"))
    .with_for_update(of=_l)
)
SETTLE_LINE = (
    update(_l)
    .where(_l.c.line_id == bindparam("id"))
    .values(
        settled_as=bindparam("word"), settled_at=bindparam("at"), settled_by_name=bindparam("name")
    )
)
COUNT_OPEN = text("""
    SELECT (SELECT count(*) FROM journal_lines JOIN phone_journals j USING (journal_id)
            WHERE j.round_id = :id AND state = 'refused' AND settled_as IS NULL)
         + (SELECT count(*) FROM quarantines JOIN phone_journals j USING (journal_id)
            WHERE j.round_id = :id AND released_at IS NULL)
""")

"""Every SQL statement about complaints."""

from typing import Any

from sqlalchemy import bindparam, select, text

from redemption.complaints.rules import OPEN_STATES
from redemption.redeeming.line_queries import LINES

LINES_SHOWN = 10
_OPEN = f"c.state IN ({', '.join(repr(state) for state in OPEN_STATES)})"
_IN_REGIONS = """(c.region_code = ANY(CAST(:scopes AS text[]))
    OR c.region_code LIKE ANY(CAST(:below AS text[])))"""
_SHOWN = f"""c.id, c.number, c.kind, c.state, c.region_code, c.received_at, c.due_on,
    c.partner_name, c.assigned_to, c.assigned_to_name, c.received_by_name,
    ({_OPEN} AND c.due_on < :today) AS is_overdue"""
ADD = text("""
    INSERT INTO complaints (id, number, household_id, card_id, region_code, kind, sealed_words,
        request_hash, redemption_id, partner_id, partner_name, involved, received_by,
        received_by_name, received_partner_id, received_at, due_on)
    VALUES (:id, :number, :household_id, :card_id, :region_code, :kind, :sealed_words,
        :request_hash, :redemption_id, :partner_id, :partner_name, CAST(:involved AS text[]),
        :received_by, :received_by_name, :received_partner_id, :received_at, :due_on)
    ON CONFLICT (id) DO NOTHING RETURNING id
""")
ONE = text("SELECT * FROM complaints WHERE id = :id")
LOCK = text("SELECT * FROM complaints WHERE id = :id FOR UPDATE")
BY_NUMBER = text("SELECT * FROM complaints WHERE number = :number")
ASSIGN = text("""
    UPDATE complaints SET state = CASE WHEN state = 'received' THEN 'assigned' ELSE state END,
        assigned_to = :by, assigned_to_name = :by_name, assigned_at = now()
    WHERE id = :id
""")
SET_STATE = text("UPDATE complaints SET state = :state WHERE id = :id")
REOPEN = text("""
    UPDATE complaints SET state = 'reopened', reopened_at = now(), due_on = :due_on,
        assigned_to = NULL, assigned_to_name = NULL, assigned_at = NULL
    WHERE id = :id
""")
ANSWER = text("""
    INSERT INTO complaint_answers (complaint_id, round, outcome, sealed_answer, request_hash,
        answered_by, answered_by_name, received_by, involved, first_answered_by)
    SELECT c.id, :round, :outcome, :sealed_answer, :request_hash, :by, :by_name, c.received_by,
        c.involved, (SELECT f.answered_by FROM complaint_answers f
                     WHERE f.complaint_id = c.id AND f.round = 1)
    FROM complaints c WHERE c.id = :id
""")
ANSWERS = text("SELECT * FROM complaint_answers WHERE complaint_id = :id ORDER BY round")
STEP = text("""
    INSERT INTO complaint_steps (id, complaint_id, step, sealed_words, person, person_name)
    VALUES (:id, :complaint_id, :step, :sealed_words, :person, :person_name)
""")
STEPS = text("SELECT * FROM complaint_steps WHERE complaint_id = :id ORDER BY at, id")
QUEUE = text(f"""
    SELECT {_SHOWN} FROM complaints c WHERE {_IN_REGIONS} AND (:is_all OR {_OPEN})
    ORDER BY ({_OPEN}) DESC, CASE WHEN {_OPEN} THEN c.due_on END, c.received_at DESC, c.id
    LIMIT :rows OFFSET :skip
""")  # noqa: S608 - our own words only
# What somebody received: at a partner's counter that is the partner's, elsewhere the person's.
# What is about the partner itself only its receiver sees, here as in `decide.may_see`.
RECEIVED = text(f"""
    SELECT {_SHOWN} FROM complaints c
    WHERE ((c.received_partner_id = CAST(:partner_id AS uuid)
            AND (c.partner_id IS DISTINCT FROM CAST(:partner_id AS uuid)
                 OR c.received_by = :person))
           OR (CAST(:partner_id AS uuid) IS NULL AND c.received_by = :person))
      AND (:is_all OR {_OPEN})
    ORDER BY c.received_at DESC, c.id LIMIT :rows OFFSET :skip
""")  # noqa: S608
OVERDUE = text(f"""
    SELECT count(*) FROM complaints c WHERE {_IN_REGIONS} AND {_OPEN} AND c.due_on < :today
""")  # noqa: S608
LINES_OF_FAMILY = (
    select(LINES)
    .where(LINES.c.household_id == bindparam("household_id"))
    .order_by(LINES.c.redeemed_at.desc(), LINES.c.id.desc())
    .limit(LINES_SHOWN)
)
OF_REDEMPTION = text("""
    SELECT id, number, kind, state FROM complaints WHERE redemption_id = :redemption_id ORDER BY id
""")
MISSES = text("""
    SELECT misses, began_at FROM complaint_misses
    WHERE person = :person AND began_at > :since
""")
MISS = text("""
    INSERT INTO complaint_misses AS m (person, began_at, misses) VALUES (:person, :now, 1)
    ON CONFLICT (person) DO UPDATE SET
        misses = CASE WHEN m.began_at > :since THEN m.misses + 1 ELSE 1 END,
        began_at = CASE WHEN m.began_at > :since THEN m.began_at ELSE :now END
""")


def scope(regions: tuple[str, ...]) -> dict[str, Any]:
    """Return the values by which QUEUE and OVERDUE find some regions and all below them."""
    return {"scopes": list(regions), "below": [f"{code}.%" for code in regions]}

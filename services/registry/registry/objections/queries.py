"""Every statement about objections."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.objections.tables import (
    objection_evidence,
    objection_evidence_pieces,
    objection_steps,
    objection_terms,
    objections,
)
from registry.people.queries import SHOWN_HEAD

TERMS_ON = (
    select(objection_terms)
    .where(objection_terms.c.valid_from <= bindparam("day"))
    .order_by(objection_terms.c.valid_from.desc())
    .limit(1)
)
# The decision that is contested, and its letter where one was made.
DECISION = text("""
    SELECT d.id, d.household_id, d.cycle_id, d.outcome, d.decided_at, h.region_code,
           l.id AS letter_id, l.issued_at AS letter_at, l.due_on AS letter_due_on
    FROM decisions d JOIN households h ON h.id = d.household_id
    LEFT JOIN decision_letters l ON l.decision_id = d.id
    WHERE d.id = :decision_id
""")
# Those who made the decision, or let it pass on a list of that cycle.
FIRST_DECIDERS = text("""
    SELECT DISTINCT person FROM (
        SELECT reviewed_by AS person FROM decisions WHERE id = :decision_id
        UNION ALL
        SELECT unnest(ARRAY[l.verified_by, l.approved_by, l.second_approved_by])
        FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
        WHERE m.household_id = :household_id AND l.cycle_id = :cycle_id
    ) people WHERE person IS NOT NULL ORDER BY 1
""")
LOCK_HOUSEHOLD = text("SELECT id FROM households WHERE id = :household_id FOR UPDATE")
INSERT = insert(objections)
ONE = select(objections).where(objections.c.id == bindparam("objection_id"))
LOCK = ONE.with_for_update()
OPEN_OF = text("""
    SELECT id FROM objections WHERE household_id = :household_id AND cycle_id = :cycle_id
      AND state IN ('received', 'examined')
""")
_mine = objections.c.id == bindparam("objection_id")
EXAMINE = (
    update(objections)
    .where(_mine)
    .values(
        state="examined",
        examined_by=bindparam("person"),
        examined_by_name=bindparam("person_name"),
        examined_at=func.clock_timestamp(),
        examined_how=bindparam("how"),
        examined_on=bindparam("day"),
        sealed_findings=bindparam("sealed"),
    )
)
JUDGE_LATE = (
    update(objections)
    .where(_mine)
    .values(
        state=bindparam("new_state"),
        late_accepted=bindparam("accepted"),
        late_reason=bindparam("reason"),
        late_by=bindparam("person"),
        late_by_name=bindparam("person_name"),
    )
)
DECIDE = (
    update(objections)
    .where(_mine)
    .values(
        state=bindparam("new_state"),
        first_deciders=bindparam("people"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=func.clock_timestamp(),
        decided_reason=bindparam("reason"),
        new_decision_id=bindparam("made_id"),
    )
)
WITHDRAW = update(objections).where(_mine).values(state="withdrawn")
ADD_STEP = insert(objection_steps)
STEPS = (
    select(objection_steps)
    .where(objection_steps.c.objection_id == bindparam("objection_id"))
    .order_by(objection_steps.c.id)
)
ADD_EVIDENCE = insert(objection_evidence)
ADD_PIECE = insert(objection_evidence_pieces)
EVIDENCE = (
    select(objection_evidence)
    .where(objection_evidence.c.objection_id == bindparam("objection_id"))
    .order_by(objection_evidence.c.position)
)
PIECES = (
    select(objection_evidence_pieces.c.content)
    .where(objection_evidence_pieces.c.evidence_id == bindparam("evidence_id"))
    .order_by(objection_evidence_pieces.c.position)
)
_HEAD = SHOWN_HEAD.format(household="o.household_id")
_IN_SCOPES = """
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE o.region_code LIKE s || '%')
"""
_IS_OPEN = "o.state IN ('received', 'examined')"
# What is owed longest comes first; what is over comes last.
LISTED = text(f"""
    SELECT o.id, o.receipt_number, o.household_id, o.region_code, o.state, o.received_at,
           o.due_on, o.is_late, o.late_accepted, o.decided_at, h.name AS head_name,
           {_IS_OPEN} AND o.due_on < :today AS is_overdue
    FROM objections o {_HEAD}
    WHERE {_IN_SCOPES} AND (:show = 'all' OR {_IS_OPEN})
    ORDER BY ({_IS_OPEN}) DESC, CASE WHEN {_IS_OPEN} THEN o.due_on END, o.id DESC
    LIMIT :rows OFFSET :skip
""")  # noqa: S608
OF_HOUSEHOLD = text(f"""
    SELECT o.id, o.receipt_number, o.state, o.received_at, o.due_on, o.decided_at, o.is_late,
           {_IS_OPEN} AND o.due_on < :today AS is_overdue
    FROM objections o WHERE o.household_id = :household_id ORDER BY o.id DESC LIMIT 20
""")  # noqa: S608
STATISTICS = text(f"""
    SELECT left(o.region_code, :width) AS region_code, count(*) AS received,
           count(*) FILTER (WHERE {_IS_OPEN}) AS waiting,
           count(*) FILTER (WHERE {_IS_OPEN} AND o.due_on < :today) AS overdue,
           count(*) FILTER (WHERE o.state = 'upheld') AS upheld,
           count(*) FILTER (WHERE o.state = 'rejected') AS rejected,
           count(*) FILTER (WHERE o.state IN ('withdrawn', 'late_refused')) AS others,
           count(*) FILTER (WHERE o.is_late) AS late
    FROM objections o WHERE {_IN_SCOPES} GROUP BY 1 ORDER BY overdue DESC, received DESC, 1
    LIMIT 2000
""")  # noqa: S608
# What a family can contest: the decisions that stand, with their criteria's findings.
CONTESTABLE = text("""
    SELECT d.id, d.outcome, d.decided_at, c.name AS cycle_name, p.name_id, p.name_en,
           f.outcomes, f.criteria_version_id, f.overlap_version_id, l.issued_at AS letter_at,
           l.due_on AS letter_due_on
    FROM current_decisions n JOIN decisions d ON d.id = n.decision_id
    JOIN cycles c ON c.id = n.cycle_id JOIN programmes p ON p.id = c.programme_id
    JOIN findings f ON f.id = d.findings_id
    LEFT JOIN decision_letters l ON l.decision_id = d.id
    WHERE n.household_id = :household_id ORDER BY (d.outcome = 'ineligible') DESC, d.id DESC
    LIMIT 20
""")
DECISION_WORDS = text("""
    SELECT d.outcome, d.decided_at, d.reviewed_by_name, d.review_reason, c.name AS cycle_name,
           p.name_id, p.name_en, f.outcomes, f.criteria_version_id, f.overlap_version_id,
           v.decree_number
    FROM decisions d JOIN cycles c ON c.id = d.cycle_id
    JOIN programmes p ON p.id = c.programme_id JOIN findings f ON f.id = d.findings_id
    JOIN criteria_versions v ON v.id = f.criteria_version_id
    WHERE d.id = :decision_id
""")
HEAD_NAME = text(f"""
    SELECT h.name FROM (SELECT CAST(:household_id AS uuid) AS id) one
    {SHOWN_HEAD.format(household="one.id")}
""")  # noqa: S608

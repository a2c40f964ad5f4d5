"""The statements about lists from proposal to decree, and about what they enrol."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.enrolment.tables import beneficiary_lists, enrolments, list_members, list_steps
from registry.people.queries import SHOWN_HEAD

_l = beneficiary_lists.c
INSERT_LIST = insert(beneficiary_lists)
LIST = select(beneficiary_lists).where(_l.id == bindparam("list_id"))
LOCK_LIST = LIST.with_for_update()
# The lists a caller may see; `scopes` are region codes, and a list of a region above them shows
# only to those who cover it whole.
LISTS = text("""
    SELECT l.id, l.region_code, l.kind, l.state, l.subjects, l.leaving, l.proposed_by_name,
           l.proposed_at, l.decree_number, l.approved_at, c.name AS cycle_name
    FROM beneficiary_lists l JOIN cycles c ON c.id = l.cycle_id
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s
                  WHERE l.region_code LIKE s || '%')
      AND (CAST(:before AS uuid) IS NULL OR l.id < :before)
    ORDER BY l.id DESC LIMIT :rows
""")
# Families of living people whose decision can enrol them, and who are on no other list of a cycle.
_PROPOSABLE = """
    FROM current_decisions c
    WHERE c.cycle_id = :cycle_id AND c.region_code LIKE :region_prefix
      AND c.outcome IN ('eligible', 'needs_review')
      AND EXISTS (SELECT 1 FROM persons p
          WHERE p.household_id = c.household_id AND p.status = 'alive')
      AND NOT EXISTS (SELECT 1 FROM enrolments e
          WHERE e.household_id = c.household_id AND e.cycle_id = c.cycle_id)
      AND NOT EXISTS (SELECT 1 FROM list_members m JOIN beneficiary_lists o ON o.id = m.list_id
          WHERE m.household_id = c.household_id AND o.cycle_id = c.cycle_id
            AND o.state IN ('proposed', 'verified', 'awaiting_second', 'approving'))
"""
IS_ANYBODY_PROPOSABLE = text(f"SELECT EXISTS (SELECT {_PROPOSABLE})")
PUT_MEMBERS = text(f"""
    INSERT INTO list_members (list_id, household_id, region_code, decision_id)
    SELECT :list_id, c.household_id, c.region_code, c.decision_id {_PROPOSABLE}
""")
PROPOSED = text("""
    UPDATE beneficiary_lists SET state = 'proposed' WHERE id = :list_id
""")
OUTCOMES = text("""
    SELECT coalesce(c.outcome, 'needs_review') AS outcome, count(*) AS households
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    LEFT JOIN current_decisions c
        ON c.cycle_id = l.cycle_id AND c.household_id = m.household_id
    WHERE m.list_id = :list_id AND m.action = 'enter' GROUP BY 1
""")
POINT_TO_DECISIONS = text("""
    UPDATE list_members m SET decision_id = c.decision_id
    FROM beneficiary_lists l, current_decisions c
    WHERE m.list_id = :list_id AND l.id = m.list_id AND c.cycle_id = l.cycle_id
      AND c.household_id = m.household_id AND m.decision_id <> c.decision_id
""")
# One line a family, by id, so that anybody can make the same hash from the same list. On a full
# list everybody enters, and the line does not say so.
CONTENT_HASH = text("""
    SELECT count(*) AS subjects, sha256(convert_to(
        CAST(:heading AS text) || E'\n' || coalesce(string_agg(
            m.household_id || ' ' || m.decision_id
                || CASE WHEN CAST(:says_action AS boolean) THEN ' ' || m.action ELSE '' END,
            E'\n' ORDER BY m.household_id), ''),
        'UTF8')) AS content_hash
    FROM list_members m WHERE m.list_id = :list_id
""")
VERIFY = (
    update(beneficiary_lists)
    .where(_l.id == bindparam("list_id"))
    .values(
        state="verified",
        content_hash=bindparam("hash"),
        verified_by=bindparam("person"),
        verified_by_name=bindparam("person_name"),
        verified_at=func.now(),
    )
)
SEND_BACK = update(beneficiary_lists).where(_l.id == bindparam("list_id")).values(state="returned")
# Signed; past the guard it waits for a second signature, else the worker carries it out.
SIGN = (
    update(beneficiary_lists)
    .where(_l.id == bindparam("list_id"))
    .values(
        state=bindparam("next_state"),
        approved_by=bindparam("person"),
        approved_by_name=bindparam("person_name"),
        approval_asked_at=func.now(),
        decree_number=bindparam("number"),
        decree_on=bindparam("day"),
        guard=bindparam("reading"),
        grace_days=bindparam("days"),
    )
)
SIGN_SECOND = (
    update(beneficiary_lists)
    .where(_l.id == bindparam("list_id"))
    .values(
        state="approving",
        second_approved_by=bindparam("person"),
        second_approved_by_name=bindparam("person_name"),
        second_approved_at=func.now(),
    )
)
APPROVED = (
    update(beneficiary_lists)
    .where(_l.id == bindparam("list_id"))
    .values(state="approved", approved_at=bindparam("at"))
)
# An approval that could not be done leaves the list verified, with nobody's approval on it.
BACK_TO_VERIFIED = text("""
    UPDATE beneficiary_lists SET state = 'verified', approved_by = NULL, approved_by_name = NULL,
        approval_asked_at = NULL, decree_number = NULL, decree_on = NULL, guard = NULL,
        grace_days = NULL, second_approved_by = NULL, second_approved_by_name = NULL,
        second_approved_at = NULL
    WHERE id = :list_id AND state = 'approving'
""")
# Since the list was fixed a new family can have died out, left, or joined another; and one that
# was to be taken along can have lost what it had. It is not enrolled, and that is kept.
# Who runs on is never dropped only because nobody alive is recorded: that needs a decision.
NOTE_GONE = text("""
    INSERT INTO list_strikes (list_id, household_id, region_code, action, decision_id, cause,
                              struck_by, struck_by_name)
    SELECT m.list_id, m.household_id, m.region_code, m.action, m.decision_id, 'family_gone',
           l.approved_by, l.approved_by_name
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    WHERE m.list_id = :list_id AND (
        (m.action = 'enter' AND NOT EXISTS (SELECT 1 FROM persons p
            WHERE p.household_id = m.household_id AND p.status = 'alive'))
        OR (m.action = 'stay' AND EXISTS (SELECT 1 FROM enrolments b
            WHERE b.household_id = m.household_id AND b.cycle_id = l.base_cycle_id
              AND b.state = 'ended')))
    ON CONFLICT DO NOTHING
""")
# Who comes back after a list ended it goes on with the same enrolment. Everybody is enrolled where
# they live now.
ENROL = text("""
    INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id, region_code, decision_id)
    SELECT m.list_id, m.household_id, l.programme_id, l.cycle_id, h.region_code, m.decision_id
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    JOIN households h ON h.id = m.household_id
    WHERE m.list_id = :list_id AND m.action <> 'leave'
      AND NOT EXISTS (SELECT 1 FROM list_strikes s
          WHERE s.list_id = m.list_id AND s.household_id = m.household_id
            AND s.cause = 'family_gone')
      AND NOT EXISTS (SELECT 1 FROM enrolments e
          WHERE e.household_id = m.household_id AND e.cycle_id = l.cycle_id
            AND e.ended_by_list IS NOT NULL)
""")
ENROLLED = text("""
    SELECT e.id, e.household_id, e.region_code, h.name AS head_name, f.kk_sealed, f.kk_index
    FROM enrolments e
    JOIN households f ON f.id = e.household_id
    LEFT JOIN LATERAL (
        SELECT name FROM persons p WHERE p.household_id = e.household_id
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (relation = 'head') DESC,
                 (status = 'alive') DESC, born_on, id LIMIT 1) h ON true
    WHERE e.list_id = :list_id AND e.id > :after
    ORDER BY e.id LIMIT :rows
""")
# The families that the cycle's money is promised to: enrolled, or on another list that is signed.
# One that has ended may have received its share before: it counts.
# One statement, since a list goes from signed to enrolled in one commit.
PROMISED_IN_CYCLE = select(
    select(func.count()).where(enrolments.c.cycle_id == bindparam("cycle_id")).scalar_subquery()
    + select(func.coalesce(func.sum(_l.subjects), 0))
    .where(_l.cycle_id == bindparam("cycle_id"))
    .where(_l.state.in_(("awaiting_second", "approving")))
    .where(_l.id != bindparam("list_id"))
    .scalar_subquery()
)
ADD_STEP = insert(list_steps)
STEPS = (
    select(list_steps).where(list_steps.c.list_id == bindparam("list_id")).order_by(list_steps.c.id)
)
MEMBERS = text(f"""
    SELECT m.household_id, m.region_code, m.action, coalesce(c.outcome, 'needs_review') AS outcome,
           f.outcomes, d.reviewed_by_name, d.review_reason, h.name AS head_name
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    LEFT JOIN current_decisions c
        ON c.cycle_id = l.cycle_id AND c.household_id = m.household_id
    LEFT JOIN decisions d ON d.id = c.decision_id
    LEFT JOIN findings f ON f.id = d.findings_id
    {SHOWN_HEAD.format(household="m.household_id")}
    WHERE m.list_id = :list_id
      AND (CAST(:action AS text) IS NULL OR m.action = :action)
      AND (CAST(:outcome AS text) IS NULL OR coalesce(c.outcome, 'needs_review') = :outcome)
      AND (CAST(:after AS uuid) IS NULL OR m.household_id > :after)
    ORDER BY m.household_id LIMIT :rows
""")  # noqa: S608
ENROLMENTS_OF_HOUSEHOLD = text("""
    SELECT e.list_id, e.enrolled_at, e.state, e.suspend_reason, e.ended_at, e.end_reason,
           e.grace_until, l.decree_number, l.decree_on, c.name AS cycle_name,
           x.decree_number AS end_decree_number, e.ended_by_list
    FROM enrolments e JOIN beneficiary_lists l ON l.id = e.list_id
    JOIN cycles c ON c.id = e.cycle_id
    LEFT JOIN beneficiary_lists x ON x.id = e.ended_by_list
    WHERE e.household_id = :household_id ORDER BY e.enrolled_at DESC LIMIT 20
""")
COUNT_MEMBERS = select(func.count()).where(list_members.c.list_id == bindparam("list_id"))

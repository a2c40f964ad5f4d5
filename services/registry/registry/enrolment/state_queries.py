"""Every statement that changes the state of enrolments, or asks for it."""

from sqlalchemy import text

LOCK = text("""
    SELECT e.id, e.household_id, e.region_code, e.programme_id, e.cycle_id, e.state, e.version,
           p.code AS programme_code
    FROM enrolments e JOIN programmes p ON p.id = e.programme_id
    WHERE e.id = ANY(:ids) ORDER BY e.id FOR UPDATE OF e
""")
# In the cycles that are not over, or that a family keeps something of.
RUNNING_OF = text("""
    SELECT e.id, e.household_id, e.region_code, e.programme_id, e.cycle_id, e.state, e.version,
           e.list_id, e.decision_id, e.ended_at, e.end_reason, e.grace_until,
           p.code AS programme_code, c.name AS cycle_name, c.closes_on
    FROM enrolments e JOIN programmes p ON p.id = e.programme_id
    JOIN cycles c ON c.id = e.cycle_id
    WHERE e.household_id = ANY(:household_ids)
      AND e.state = ANY(:states) AND c.closes_on >= :today
    ORDER BY e.id
""")
END = text("""
    UPDATE enrolments SET state = 'ended', version = version + 1, ended_at = :at,
        end_reason = :reason, ended_by_list = :list_id, ended_by_change = :change_id,
        grace_until = :grace_until, suspended_at = NULL, suspend_reason = NULL
    WHERE id = ANY(:ids)
""")
SUSPEND = text("""
    UPDATE enrolments SET state = 'suspended', version = version + 1, suspended_at = :at,
        suspend_reason = :reason
    WHERE id = ANY(:ids)
""")
RESUME = text("""
    UPDATE enrolments SET state = 'active', version = version + 1, suspended_at = NULL,
        suspend_reason = NULL, ended_at = NULL, end_reason = NULL, ended_by_list = NULL,
        ended_by_change = NULL, grace_until = NULL
    WHERE id = ANY(:ids)
""")
ADD_STEPS = text("""
    INSERT INTO enrolment_steps
        (enrolment_id, version, step, reason, list_id, change_id, person, person_name)
    SELECT id, version, :step, :reason, :list_id, :change_id, :person, :person_name
    FROM enrolments WHERE id = ANY(:ids)
""")
STEPS_OF = text("""
    SELECT s.enrolment_id, s.step, s.reason, s.person_name, s.at, s.list_id, s.change_id,
           c.name AS cycle_name
    FROM enrolment_steps s JOIN enrolments e ON e.id = s.enrolment_id
    JOIN cycles c ON c.id = e.cycle_id
    WHERE e.household_id = :household_id ORDER BY s.at DESC LIMIT 20
""")

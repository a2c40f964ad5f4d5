"""Every statement about difference lists: who enters, stays and leaves, and the removal guard."""

from sqlalchemy import bindparam, insert, select, text, update

from registry.enrolment.checking_tables import removal_guards

# Enrolled in the cycle that a list is compared with, wherever the family lives now.
_RUNNING = """
    SELECT e.id, e.household_id, e.region_code, e.decision_id FROM enrolments e
    WHERE e.cycle_id = :base_cycle_id AND e.region_code LIKE :region_prefix
      AND e.state IN ('active', 'suspended')
"""
_ON_ANOTHER_LIST = """
    EXISTS (SELECT 1 FROM list_members m JOIN beneficiary_lists o ON o.id = m.list_id
        WHERE m.household_id = {household} AND o.cycle_id = :cycle_id
          AND o.state IN ('proposed', 'verified', 'awaiting_second', 'approving'))
"""
# Only a decision that says "no" takes a family off: no decision and "needs review" never do.
PUT_LEAVING = text(f"""
    INSERT INTO list_members (list_id, household_id, region_code, action, decision_id)
    SELECT :list_id, r.household_id, r.region_code, 'leave', c.decision_id
    FROM ({_RUNNING}) r
    JOIN current_decisions c ON c.cycle_id = :cycle_id AND c.household_id = r.household_id
    WHERE c.outcome = 'ineligible' AND NOT {_ON_ANOTHER_LIST.format(household="r.household_id")}
""")  # noqa: S608
# Enrolled by nobody, or ended by a list. Who was ended by a change in the family's life comes
# back by a person's act, never by itself.
PUT_ENTERING = text(f"""
    INSERT INTO list_members (list_id, household_id, region_code, action, decision_id)
    SELECT :list_id, c.household_id, c.region_code, 'enter', c.decision_id
    FROM current_decisions c
    WHERE c.cycle_id = :cycle_id AND c.region_code LIKE :region_prefix AND c.outcome = 'eligible'
      AND EXISTS (SELECT 1 FROM persons p
          WHERE p.household_id = c.household_id AND p.status = 'alive')
      AND NOT EXISTS (SELECT 1 FROM enrolments e
          WHERE e.household_id = c.household_id AND e.cycle_id = :base_cycle_id
            AND (e.state IN ('active', 'suspended') OR e.ended_by_change IS NOT NULL))
      AND NOT EXISTS (SELECT 1 FROM enrolments e
          WHERE e.household_id = c.household_id AND e.cycle_id = :cycle_id
            AND e.ended_by_list IS NULL)
      AND NOT {_ON_ANOTHER_LIST.format(household="c.household_id")}
""")  # noqa: S608
PUT_STAYING = text(f"""
    INSERT INTO list_members (list_id, household_id, region_code, action, decision_id)
    SELECT :list_id, r.household_id, r.region_code, 'stay', coalesce(c.decision_id, r.decision_id)
    FROM ({_RUNNING}) r
    LEFT JOIN current_decisions c ON c.cycle_id = :cycle_id AND c.household_id = r.household_id
    WHERE c.outcome IS DISTINCT FROM 'ineligible'
      AND NOT EXISTS (SELECT 1 FROM enrolments e
          WHERE e.household_id = r.household_id AND e.cycle_id = :cycle_id)
      AND NOT {_ON_ANOTHER_LIST.format(household="r.household_id")}
""")  # noqa: S608
# Whether anybody of a region runs in the cycle that came before, and would be on no list at all.
RUNS_ON = text("""
    SELECT EXISTS (
        SELECT 1 FROM enrolments e JOIN cycles c ON c.id = e.cycle_id
        JOIN cycles n ON n.id = :cycle_id AND n.programme_id = e.programme_id
        WHERE c.opens_on < n.opens_on AND e.region_code LIKE :region_prefix
          AND e.state IN ('active', 'suspended')
          AND NOT EXISTS (
            SELECT 1 FROM enrolments x JOIN cycles k ON k.id = x.cycle_id
            WHERE x.household_id = e.household_id AND x.programme_id = e.programme_id
              AND (k.opens_on > c.opens_on OR k.id = n.id) AND k.opens_on <= n.opens_on))
""")
COUNT_RUNNING = text(f"SELECT count(*) FROM ({_RUNNING}) r")  # noqa: S608
# Of those who run and do not leave, how many are not known well enough to be sure.
COUNT_IN_REVIEW = text(f"""
    SELECT count(*) FROM ({_RUNNING}) r
    LEFT JOIN current_decisions c ON c.cycle_id = :cycle_id AND c.household_id = r.household_id
    WHERE coalesce(c.outcome, 'needs_review') = 'needs_review'
""")  # noqa: S608
# Before a list is fixed each side is looked at once more. What a family was put on the list for
# stays on record with the strikes.
_NO_LONGER = """
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    LEFT JOIN current_decisions c
        ON c.cycle_id = l.cycle_id AND c.household_id = m.household_id
    LEFT JOIN enrolments e
        ON e.household_id = m.household_id AND e.cycle_id = l.base_cycle_id
    WHERE m.list_id = :list_id AND (
        (m.action = 'enter' AND c.outcome = 'ineligible')
        OR (m.action = 'stay' AND (c.outcome = 'ineligible' OR e.state = 'ended'))
        OR (m.action = 'leave' AND (c.outcome IS DISTINCT FROM 'ineligible' OR e.state = 'ended')))
"""
NOTE_CHANGED = text(f"""
    INSERT INTO list_strikes (list_id, household_id, region_code, action, decision_id, cause,
                              struck_by, struck_by_name)
    SELECT m.list_id, m.household_id, m.region_code, m.action, m.decision_id, 'decision_changed',
           :person, :person_name
    {_NO_LONGER}
    ON CONFLICT DO NOTHING
    RETURNING household_id
""")
# Those who run on into a new cycle change sides: nobody who was enrolled is on neither.
CHANGE_SIDES = text("""
    UPDATE list_members m SET action = CASE m.action WHEN 'stay' THEN 'leave' ELSE 'stay' END
    FROM beneficiary_lists l, enrolments e
    WHERE m.list_id = :list_id AND m.household_id = ANY(:household_ids)
      AND m.action IN ('stay', 'leave') AND l.id = m.list_id AND l.base_cycle_id <> l.cycle_id
      AND e.household_id = m.household_id AND e.cycle_id = l.base_cycle_id
      AND e.state IN ('active', 'suspended')
    RETURNING m.household_id
""")
TAKE_OFF = text("""
    DELETE FROM list_members WHERE list_id = :list_id AND household_id = ANY(:household_ids)
""")
COUNTS = text("""
    SELECT count(*) FILTER (WHERE action = 'enter') AS entering,
           count(*) FILTER (WHERE action = 'stay') AS staying,
           count(*) FILTER (WHERE action = 'leave') AS leaving
    FROM list_members WHERE list_id = :list_id
""")
SET_COUNTS = text("""
    UPDATE beneficiary_lists SET subjects = :subjects, leaving = :leaving, unchanged = :unchanged
    WHERE id = :list_id
""")
# Nobody leaves whose decision has become another since the list was fixed.
LEAVERS_CHANGED = text("""
    SELECT count(*) FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    LEFT JOIN current_decisions c
        ON c.cycle_id = l.cycle_id AND c.household_id = m.household_id
    WHERE m.list_id = :list_id AND m.action = 'leave' AND c.outcome IS DISTINCT FROM 'ineligible'
""")
# By village, over the whole programme: who leaves by this list; who left lately, also on the way
# into this cycle, or is about to by lists that are signed; and out of how many.
REMOVALS = text("""
    WITH here AS (
        SELECT m.region_code, count(*) AS families FROM list_members m
        WHERE m.list_id = :list_id AND m.action = 'leave' GROUP BY 1
    ), signed AS (
        SELECT m.region_code, count(*) AS families
        FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
        WHERE l.programme_id = :programme_id AND l.id <> :list_id AND m.action = 'leave'
          AND l.state IN ('awaiting_second', 'approving') GROUP BY 1
    ), enrolled AS (
        SELECT region_code, count(*) AS families
        FROM enrolments WHERE cycle_id = :base_cycle_id AND state <> 'ended' GROUP BY 1
    ), gone AS (
        SELECT region_code, count(*) AS families FROM (
            SELECT DISTINCT ON (e.household_id) e.household_id, e.region_code
            FROM enrolments e JOIN cycles c ON c.id = e.cycle_id
            WHERE e.programme_id = :programme_id AND e.ended_by_list IS NOT NULL
              AND e.ended_at > now() - make_interval(days => :days)
              AND NOT EXISTS (
                SELECT 1 FROM enrolments r JOIN cycles k ON k.id = r.cycle_id
                WHERE r.household_id = e.household_id AND r.programme_id = e.programme_id
                  AND r.state <> 'ended' AND k.opens_on >= c.opens_on)
            ORDER BY e.household_id, e.ended_at DESC) left_lately GROUP BY 1
    )
    SELECT region_code, coalesce(h.families, 0) AS here,
           coalesce(g.families, 0) + coalesce(s.families, 0) AS before,
           coalesce(e.families, 0) + coalesce(g.families, 0) AS enrolled
    FROM enrolled e FULL JOIN gone g USING (region_code)
    LEFT JOIN here h USING (region_code) LEFT JOIN signed s USING (region_code)
""")
_g = removal_guards.c
ADD_GUARD = insert(removal_guards)
GUARD = select(removal_guards).where(_g.id == bindparam("guard_id"))
LOCK_GUARD = GUARD.with_for_update()
GUARDS = (
    select(removal_guards)
    .where(_g.programme_id == bindparam("programme_id"))
    .order_by(_g.valid_from.desc(), _g.id.desc())
)
GUARD_ON = (
    GUARDS.where(_g.approved_at.is_not(None)).where(_g.valid_from <= bindparam("day")).limit(1)
)
APPROVE_GUARD = (
    update(removal_guards)
    .where(_g.id == bindparam("guard_id"))
    .values(
        approved_by=bindparam("person"),
        approved_by_name=bindparam("person_name"),
        approved_at=text("now()"),
    )
)
BY_REGION = text("""
    SELECT left(m.region_code, :width) AS region_code,
           count(*) FILTER (WHERE m.action = 'enter') AS entering,
           count(*) FILTER (WHERE m.action = 'stay') AS staying,
           count(*) FILTER (WHERE m.action = 'leave') AS leaving
    FROM list_members m WHERE m.list_id = :list_id GROUP BY 1
    ORDER BY leaving DESC, 1 LIMIT 500
""")
# What is carried out once a list is approved.
LEAVING = text("""
    SELECT e.id FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    JOIN enrolments e ON e.household_id = m.household_id AND e.cycle_id = l.base_cycle_id
        AND e.programme_id = l.programme_id
    WHERE m.list_id = :list_id AND m.action = 'leave' AND e.state <> 'ended'
""")
_RETURNING = """
    FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    JOIN enrolments e ON e.household_id = m.household_id AND e.cycle_id = l.cycle_id
        AND e.programme_id = l.programme_id
    WHERE m.list_id = :list_id AND m.action = 'enter' AND e.ended_by_list IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM list_strikes s
          WHERE s.list_id = m.list_id AND s.household_id = m.household_id
            AND s.cause = 'family_gone')
"""
RETURNING_ONES = text(f"SELECT e.id {_RETURNING}")
COUNT_RETURNING = text(f"SELECT count(*) {_RETURNING}")
# Whoever waited in the cycle before waits in the new one too, for the same change in its life: what
# ends the one suspension, its last day or a person, ends the other.
WAITING_ONES = text("""
    SELECT n.id, b.suspend_reason, s.change_id FROM enrolments n
    JOIN beneficiary_lists l ON l.id = n.list_id
    JOIN enrolments b ON b.household_id = n.household_id AND b.cycle_id = l.base_cycle_id
    LEFT JOIN enrolment_steps s ON s.enrolment_id = b.id AND s.version = b.version
    WHERE n.list_id = :list_id AND b.id <> n.id AND b.state = 'suspended' AND n.state = 'active'
    ORDER BY b.suspend_reason, s.change_id
""")

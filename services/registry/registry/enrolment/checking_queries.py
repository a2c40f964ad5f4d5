"""Every statement about the checking of a list: sample, visits, strikes, flags."""

from sqlalchemy import bindparam, insert, select, text

from registry.enrolment.checking_tables import field_visits, list_samples
from registry.flags.queries import OPEN_BLOCKING_HOUSEHOLDS
from registry.people.queries import SHOWN_HEAD

# Everybody who was on the list when it was put together, on the side where they were then.
_POPULATION = """
    SELECT coalesce(s.household_id, m.household_id) AS household_id,
           coalesce(s.region_code, m.region_code) AS region_code,
           coalesce(s.action, m.action) AS action
    FROM (SELECT * FROM list_members WHERE list_id = :list_id) m
    FULL JOIN (SELECT * FROM list_strikes WHERE list_id = :list_id) s USING (household_id)
"""
POPULATION_SIZES = text(f"""
    SELECT action, count(*) AS families FROM ({_POPULATION}) p GROUP BY action ORDER BY action
""")  # noqa: S608
DRAWN = text(f"""
    SELECT household_id, region_code, action, row_number() OVER (
        ORDER BY region_code, household_id) AS position
    FROM (
        SELECT p.*, row_number() OVER (PARTITION BY action ORDER BY
            sha256(convert_to(CAST(:seed AS text) || ' ' || household_id, 'UTF8'))) AS place
        FROM ({_POPULATION}) p) ranked
    WHERE place <= CASE action WHEN 'enter' THEN CAST(:enter AS integer)
        WHEN 'stay' THEN CAST(:stay AS integer) ELSE CAST(:leave AS integer) END
    ORDER BY position
""")  # noqa: S608
ADD_SAMPLE = insert(list_samples)
ADD_SAMPLE_FAMILIES = text("""
    INSERT INTO sample_families (list_id, household_id, region_code, action, position)
    VALUES (:list_id, :household_id, :region_code, :action, :position)
""")
SAMPLE = select(list_samples).where(list_samples.c.list_id == bindparam("list_id"))
_NEWEST_VISIT = """
    LEFT JOIN LATERAL (
        SELECT * FROM field_visits w
        WHERE w.list_id = f.list_id AND w.household_id = f.household_id
        ORDER BY w.recorded_at DESC, w.id DESC LIMIT 1) v ON true
"""
# Each sampled family with its newest visit, and whether it is still on the list.
_SAMPLED = f"""
    FROM sample_families f {_NEWEST_VISIT}
    LEFT JOIN list_members m ON m.list_id = f.list_id AND m.household_id = f.household_id
    LEFT JOIN list_strikes s ON s.list_id = f.list_id AND s.household_id = f.household_id
"""
SAMPLED = text(f"""
    SELECT f.household_id, f.region_code, f.action, f.position, h.name AS head_name,
           v.visited_on, v.place_code, v.finding, v.note, v.recorded_by_name, v.recorded_at,
           f.kept_reason, f.kept_by_name, s.reason AS strike_reason, s.struck_by_name,
           (v.id IS NOT NULL) AS is_visited,
           (v.finding IN ('differs', 'not_found') AND s.household_id IS NULL
            AND m.household_id IS NOT NULL AND coalesce(f.kept_at < v.recorded_at, true))
               AS is_unsettled
    {_SAMPLED} {SHOWN_HEAD.format(household="f.household_id")}
    WHERE f.list_id = :list_id ORDER BY f.position
""")
# A family that is off the list need not be visited any more.
SAMPLE_STATE = text(f"""
    SELECT count(*) AS size,
           count(*) FILTER (WHERE v.id IS NULL AND m.household_id IS NOT NULL) AS missing,
           count(*) FILTER (WHERE v.finding IN ('differs', 'not_found')
               AND s.household_id IS NULL AND m.household_id IS NOT NULL
               AND coalesce(f.kept_at < v.recorded_at, true)) AS unsettled
    {_SAMPLED} WHERE f.list_id = :list_id
""")
LOCK_SAMPLED = text("""
    SELECT f.* FROM sample_families f
    WHERE f.list_id = :list_id AND f.household_id = :household_id FOR UPDATE
""")
NEWEST_VISIT = text("""
    SELECT * FROM field_visits WHERE list_id = :list_id AND household_id = :household_id
    ORDER BY recorded_at DESC, id DESC LIMIT 1
""")
VISIT = select(field_visits).where(field_visits.c.id == bindparam("visit_id"))
ADD_VISIT = insert(field_visits)
KEEP = text("""
    UPDATE sample_families SET kept_reason = :reason, kept_by = :person,
        kept_by_name = :person_name, kept_at = clock_timestamp()
    WHERE list_id = :list_id AND household_id = :household_id
""")
HEAD_NAME = text(f"""
    SELECT h.name FROM (SELECT CAST(:household_id AS uuid) AS id) one
    {SHOWN_HEAD.format(household="one.id")}
""")  # noqa: S608
LOCK_MEMBER = text("""
    SELECT * FROM list_members WHERE list_id = :list_id AND household_id = :household_id
    FOR UPDATE
""")
STRIKE = text("""
    INSERT INTO list_strikes (list_id, household_id, region_code, action, decision_id, cause,
                              reason, struck_by, struck_by_name)
    SELECT list_id, household_id, region_code, action, decision_id, 'person', :reason,
           :person, :person_name
    FROM list_members WHERE list_id = :list_id AND household_id = :household_id
    ON CONFLICT DO NOTHING
""")
STRUCK = text("""
    SELECT * FROM list_strikes WHERE list_id = :list_id AND household_id = :household_id
""")
STRIKES = text(f"""
    SELECT s.household_id, s.region_code, s.action, s.reason, s.struck_by_name, s.struck_at,
           h.name AS head_name
    FROM list_strikes s {SHOWN_HEAD.format(household="s.household_id")}
    WHERE s.list_id = :list_id AND s.cause = 'person' ORDER BY s.struck_at LIMIT 200
""")  # noqa: S608
STRIKES_OF_HOUSEHOLD = text("""
    SELECT s.list_id, s.action, s.reason, s.struck_by_name, s.struck_at, c.name AS cycle_name
    FROM list_strikes s JOIN beneficiary_lists l ON l.id = s.list_id
    JOIN cycles c ON c.id = l.cycle_id
    WHERE s.household_id = :household_id AND s.cause = 'person'
    ORDER BY s.struck_at DESC LIMIT 20
""")
# Flags hold up those who are enrolled by the list; nobody stays because a flag is open on them.
COUNT_FLAGGED = text(f"""
    SELECT count(*) FROM list_members m
    JOIN ({OPEN_BLOCKING_HOUSEHOLDS}) b ON b.household_id = m.household_id
    WHERE m.list_id = :list_id AND m.action <> 'leave'
""")  # noqa: S608
FLAGGED = text(f"""
    SELECT m.household_id, m.region_code, m.action, h.name AS head_name FROM list_members m
    JOIN ({OPEN_BLOCKING_HOUSEHOLDS}) b ON b.household_id = m.household_id
    {SHOWN_HEAD.format(household="m.household_id")}
    WHERE m.list_id = :list_id AND m.action <> 'leave'
    ORDER BY m.region_code, m.household_id LIMIT :rows
""")  # noqa: S608

"""Statements about runs and the pairs they find."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.matching.tables import match_candidates, match_runs
from registry.people.queries import IS_RESTRICTED, SHOWN_HEAD

MATCH_JOB = "matching.run"
# A job that waits takes further regions along, so that many imports in a row make one run.
JOIN_WAITING = text("""
    UPDATE jobs SET arguments = jsonb_set(arguments, '{regions}',
        (arguments -> 'regions') || to_jsonb(ARRAY[CAST(:region_code AS text)]))
    WHERE id = (SELECT id FROM jobs WHERE kind = 'matching.run' AND state = 'queued'
                ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
""")
# It starts some seconds from now: until then other imports join it.
DELAY = text("""
    UPDATE jobs SET leased_until = clock_timestamp() + make_interval(secs => :wait_s)
    WHERE id = :job_id AND state = 'queued'
""")
_RECORD = """
    SELECT p.id, p.name_key, p.sex, p.born_on, h.region_code, p.birth_place, p.nik_index,
           p.nik_sealed, p.father_name, p.mother_name, p.household_id
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.status <> 'merged' AND NOT EXISTS (
        SELECT 1 FROM flags f WHERE f.subject_id = p.id AND f.kind = 'restricted'
            AND f.cleared_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM flags f WHERE f.subject_id = p.household_id
            AND f.kind = 'restricted' AND f.cleared_at IS NULL)
"""
_IN_REGIONS = "h.region_code LIKE ANY (CAST(:prefixes AS text[]))"
RECORDS = text(f"{_RECORD} AND {_IN_REGIONS}")
# Who elsewhere could be one of them: born on the same day, with day and month exchanged, or the
# same day a year apart.
RECORDS_AROUND = text(f"""
    WITH days AS (
        SELECT DISTINCT p.born_on AS day FROM persons p JOIN households h ON h.id = p.household_id
        WHERE p.born_on IS NOT NULL AND {_IN_REGIONS}
    ), near AS (
        SELECT day FROM days
        UNION SELECT CAST(day + interval '1 year' AS date) FROM days
        UNION SELECT CAST(day - interval '1 year' AS date) FROM days
        UNION SELECT make_date(CAST(extract(year FROM day) AS integer),
                               CAST(extract(day FROM day) AS integer),
                               CAST(extract(month FROM day) AS integer))
            FROM days WHERE extract(day FROM day) <= 12
    )
    {_RECORD} AND NOT {_IN_REGIONS} AND p.born_on IN (SELECT day FROM near)
""")  # noqa: S608
_SCOPED = """
    scoped AS (
        SELECT p.id, p.household_id, p.name_key, p.born_on, p.sex, p.father_name, p.mother_name,
               h.region_code
        FROM persons p JOIN households h ON h.id = p.household_id
        WHERE p.status <> 'merged' AND p.born_on IS NOT NULL AND {within}
    )
"""
# The plain rules. One card, name and birth date; or name, birth date, sex and both parents in two
# families. Neither needs a model.
EXACT = text(f"""
    WITH {_SCOPED.format(within=_IN_REGIONS)},
    everyone AS (
        SELECT p.id, p.household_id, p.name_key, p.born_on, p.sex, p.father_name, p.mother_name,
               h.region_code
        FROM persons p JOIN households h ON h.id = p.household_id WHERE p.status <> 'merged'
    ), found AS (
        SELECT DISTINCT least(s.id, e.id) AS a, greatest(s.id, e.id) AS b,
               CASE WHEN s.household_id = e.household_id THEN 'same_card'
                    ELSE 'same_parents' END AS rule
        FROM scoped s JOIN everyone e ON e.born_on = s.born_on AND e.name_key = s.name_key
        WHERE e.id <> s.id AND (s.household_id = e.household_id
              OR (s.sex = e.sex AND s.father_name = e.father_name
                  AND s.mother_name = e.mother_name))
    )
    SELECT f.a, f.b, f.rule, pa.sex = pb.sex AS same_sex,
           pa.father_name = pb.father_name AS same_father,
           pa.mother_name = pb.mother_name AS same_mother, pa.birth_place = pb.birth_place
               AS same_place, ha.region_code = hb.region_code AS same_village
    FROM found f
    JOIN persons pa ON pa.id = f.a JOIN households ha ON ha.id = pa.household_id
    JOIN persons pb ON pb.id = f.b JOIN households hb ON hb.id = pb.household_id
""")  # noqa: S608
# What people have judged stays; what was open gets the newest comparison.
PUT_CANDIDATES = text("""
    INSERT INTO match_candidates (id, person_a, person_b, region_a, region_b, rule, weight,
                                  strength, evidence, run_id)
    SELECT n.id, n.a, n.b, ha.region_code, hb.region_code, n.rule, n.weight, n.strength,
           n.evidence, :run_id
    FROM jsonb_to_recordset(CAST(:pairs AS jsonb)) AS n (
        id uuid, a uuid, b uuid, rule text, weight double precision, strength text,
        evidence jsonb)
    JOIN persons pa ON pa.id = n.a JOIN households ha ON ha.id = pa.household_id
    JOIN persons pb ON pb.id = n.b JOIN households hb ON hb.id = pb.household_id
    WHERE pa.status <> 'merged' AND pb.status <> 'merged'
    ON CONFLICT (person_a, person_b) DO UPDATE SET
        rule = excluded.rule, weight = excluded.weight, strength = excluded.strength,
        evidence = excluded.evidence, region_a = excluded.region_a, region_b = excluded.region_b,
        run_id = excluded.run_id,
        state = CASE match_candidates.state WHEN 'gone' THEN 'open'
                     ELSE match_candidates.state END
    WHERE match_candidates.state IN ('open', 'later', 'gone')
""")
# Pairs of these regions that the newest comparison no longer finds: the data was corrected.
GONE = text("""
    UPDATE match_candidates SET state = 'gone', decided_by = NULL, decided_by_name = NULL,
        decided_at = NULL
    WHERE state IN ('open', 'later') AND run_id <> :run_id
      AND (region_a LIKE ANY (CAST(:prefixes AS text[]))
           OR region_b LIKE ANY (CAST(:prefixes AS text[])))
    RETURNING person_a, person_b
""")
RUN_PAIRS = text("SELECT person_a, person_b FROM match_candidates WHERE run_id = :run_id")
# What a person's flag should say: blocking when one of the open pairs is sure. A pair with a
# record that is not of a living resident holds nobody up.
_OPEN_OF = """
    SELECT {this} AS person_id, {other} AS other_id, strength FROM match_candidates
    WHERE {this} = ANY (CAST(:person_ids AS uuid[])) AND state IN ('open', 'later')
"""
WANTED_FLAGS = text(f"""
    WITH pairs AS (
        {_OPEN_OF.format(this="person_a", other="person_b")} UNION ALL
        {_OPEN_OF.format(this="person_b", other="person_a")}
    ), levels AS (
        SELECT c.person_id, max(CASE c.strength WHEN 'high' THEN 2 ELSE 1 END) AS level
        FROM pairs c JOIN persons p ON p.id = c.person_id JOIN persons o ON o.id = c.other_id
        WHERE p.status = 'alive' AND o.status = 'alive' GROUP BY c.person_id
    )
    SELECT p.id AS person_id, p.household_id, h.region_code, coalesce(l.level, 0) AS level
    FROM persons p JOIN households h ON h.id = p.household_id
    LEFT JOIN levels l ON l.person_id = p.id
    WHERE p.id = ANY (CAST(:person_ids AS uuid[]))
""")  # noqa: S608
OPEN_FLAGS = text("""
    SELECT subject_id, severity FROM flags
    WHERE kind = 'possible_duplicate' AND cleared_at IS NULL
      AND subject_id = ANY (CAST(:person_ids AS uuid[]))
""")
# A whole province's pairs come at once; without a look the planner takes the table for empty.
ANALYZE_CANDIDATES = text("ANALYZE match_candidates")
INSERT_RUN = insert(match_runs)
LAST_RUN = select(match_runs).order_by(match_runs.c.finished_at.desc()).limit(1)
CANDIDATE = select(match_candidates).where(match_candidates.c.id == bindparam("candidate_id"))
LOCK_CANDIDATE = CANDIDATE.with_for_update()
DECIDE = (
    update(match_candidates)
    .where(match_candidates.c.id == bindparam("candidate_id"))
    .values(
        state=bindparam("to_state"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=func.clock_timestamp(),
        reason=bindparam("why"),
    )
)
REOPEN = (
    update(match_candidates)
    .where(match_candidates.c.id == bindparam("candidate_id"))
    .values(state="open", decided_by=None, decided_by_name=None, decided_at=None, reason=None)
)
# Pairs whose data may be processed, with both sides in the caller's regions.
_COVERED = f"""
    NOT EXISTS (SELECT 1 FROM persons p WHERE p.id IN (c.person_a, c.person_b)
        AND {IS_RESTRICTED}) AND
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE c.region_a LIKE s || '%')
    AND EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE c.region_b LIKE s || '%')
"""  # noqa: S608
COUNT_WAITING = text(f"""
    SELECT count(*) FILTER (WHERE c.state = 'open') AS open,
           count(*) FILTER (WHERE c.state = 'later') AS later,
           count(*) FILTER (WHERE c.state = 'open' AND c.strength = 'high') AS sure
    FROM match_candidates c WHERE c.state IN ('open', 'later') AND {_COVERED}
""")  # noqa: S608
# The surest first; what was put off comes last.
_NAMED = """
    SELECT c.*, a.name AS name_a, b.name AS name_b FROM match_candidates c
    JOIN persons a ON a.id = c.person_a JOIN persons b ON b.id = c.person_b
"""
WAITING = text(f"""
    {_NAMED} WHERE c.state IN ('open', 'later') AND {_COVERED}
      AND (CAST(:after AS uuid) IS NULL OR c.id <> :after)
    ORDER BY (c.state = 'later'), c.weight DESC, c.id LIMIT :rows
""")
DECIDED = text(f"""
    {_NAMED} WHERE c.state IN ('same', 'different') AND {_COVERED}
    ORDER BY c.decided_at DESC, c.id LIMIT :rows
""")
SIDES = text(f"""
    SELECT p.*, h.region_code, h.kk_index, h.recorded_at AS household_recorded_at,
           (SELECT count(*) FROM persons m WHERE m.household_id = p.household_id
                AND m.status = 'alive') AS members,
           head.name AS head_name, b.file_name, b.uploaded_at, b.uploaded_by_name
    FROM persons p JOIN households h ON h.id = p.household_id
    LEFT JOIN import_batches b ON b.id = p.import_id
    LEFT JOIN LATERAL (SELECT h.name FROM (SELECT p.household_id AS id) home
        {SHOWN_HEAD.format(household="home.id")}) head ON true
    WHERE p.id = ANY (CAST(:person_ids AS uuid[])) AND NOT {IS_RESTRICTED}
""")  # noqa: S608
FAMILIES_OF = text("""
    SELECT DISTINCT household_id FROM persons WHERE id = ANY (CAST(:person_ids AS uuid[]))
    ORDER BY household_id
""")
# For a family's page: of a pair with another family, which may live elsewhere, only its own member.
OF_HOUSEHOLD = text(f"""
    SELECT c.*, CASE WHEN a.household_id = :household_id THEN a.name END AS name_a,
           CASE WHEN b.household_id = :household_id THEN b.name END AS name_b
    FROM match_candidates c
    JOIN persons a ON a.id = c.person_a JOIN persons b ON b.id = c.person_b
    WHERE c.state IN ('open', 'later', 'same')
      AND (a.household_id = :household_id OR b.household_id = :household_id)
      AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.id IN (c.person_a, c.person_b)
          AND {IS_RESTRICTED})
    ORDER BY c.weight DESC LIMIT 20
""")  # noqa: S608

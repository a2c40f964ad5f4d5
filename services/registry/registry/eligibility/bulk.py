"""The set-based statements that decide the families of a region.

The criteria themselves are judged once for each combination of facts (some hundreds of them, for
however many families), by the same engine that judges one family; here are only sets.
"""

from sqlalchemy import text

ROSTERS = ("pkh", "sembako", "blt_dd")
COLUMNS = {
    "decile": "integer",
    "on_pkh": "boolean",
    "on_sembako": "boolean",
    "on_blt_dd": "boolean",
    "in_province": "boolean",
    "head_alive": "boolean",
    "members": "integer",
}

# One row a family: the value of each fact that counts on the day, null when it is not known, and
# the ids of what it was read from.
_INPUTS = """
    CREATE TEMPORARY TABLE evaluation_inputs ON COMMIT DROP AS
    WITH scope AS (
        SELECT id, region_code FROM households WHERE region_code LIKE :region_prefix
    ), counting AS (
        SELECT DISTINCT ON (f.household_id, f.code, f.subject_id)
               f.household_id, f.code, f.value, f.id
        FROM facts f JOIN scope s ON s.id = f.household_id
        WHERE f.valid_from <= :facts_on AND f.valid_to >= CAST(:oldest_on AS date)
        ORDER BY f.household_id, f.code, f.subject_id, f.valid_from DESC, f.id DESC
    ), by_household AS (
        SELECT household_id,
               max(CAST(value AS integer)) FILTER (WHERE code = 'dtsen.decile') AS decile,
               {roster_facts},
               array_agg(id ORDER BY id) AS fact_ids
        FROM counting GROUP BY household_id
    ), loads AS (
        SELECT code, region_code, max(id) AS id FROM roster_loads
        WHERE valid_from <= :facts_on AND valid_to >= CAST(:oldest_on AS date)
        GROUP BY code, region_code
    ), villages AS (
        SELECT v.region_code, {roster_loads},
               coalesce(array_agg(l.id ORDER BY l.id) FILTER (WHERE l.id IS NOT NULL), '{{}}')
                   AS load_ids
        FROM (SELECT DISTINCT region_code FROM scope) v
        LEFT JOIN loads l ON v.region_code LIKE l.region_code || '%'
        GROUP BY v.region_code
    ), people AS (
        SELECT p.household_id,
               bool_or(p.status = 'alive') FILTER (WHERE p.relation = 'head') AS head_alive,
               bool_or(p.status = 'moved') FILTER (WHERE p.relation = 'head') AS head_moved,
               count(*) FILTER (WHERE p.status = 'alive') AS members
        FROM persons p JOIN scope s ON s.id = p.household_id GROUP BY p.household_id
    )
    SELECT s.id AS household_id, s.region_code, b.decile, {rosters},
           CASE WHEN p.head_moved AND NOT p.head_alive THEN NULL ELSE true END AS in_province,
           CASE WHEN p.head_moved AND NOT p.head_alive THEN NULL ELSE p.head_alive END
               AS head_alive,
           CAST(coalesce(p.members, 0) AS integer) AS members,
           coalesce(b.fact_ids, '{{}}') AS fact_ids, v.load_ids AS roster_load_ids
    FROM scope s JOIN villages v ON v.region_code = s.region_code
    LEFT JOIN by_household b ON b.household_id = s.id
    LEFT JOIN people p ON p.household_id = s.id
"""


def _inputs_sql() -> str:
    facts = ", ".join(
        f"bool_or(value = 'yes') FILTER (WHERE code = 'roster.{one}') AS on_{one}"
        for one in ROSTERS
    )
    loads = ", ".join(f"bool_or(l.code = 'roster.{one}') AS {one}_loaded" for one in ROSTERS)
    # On the roster, else not on a roster that was loaded, else not known.
    values = ", ".join(
        f"CASE WHEN b.on_{one} THEN true WHEN v.{one}_loaded THEN false END AS on_{one}"
        for one in ROSTERS
    )
    return _INPUTS.format(roster_facts=facts, roster_loads=loads, rosters=values)


CREATE_INPUTS = text(_inputs_sql())
ANALYZE_INPUTS = text("ANALYZE evaluation_inputs")
COMBINATIONS = text(f"SELECT DISTINCT {', '.join(COLUMNS)} FROM evaluation_inputs")  # noqa: S608
CREATE_JUDGED = text(f"""
    CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
    SELECT f.id AS findings_id, f.outcome,
           {
    ", ".join(f"CAST(f.inputs ->> '{name}' AS {kind}) AS {name}" for name, kind in COLUMNS.items())
}
    FROM findings f WHERE f.criteria_version_id = :criteria_version_id
      AND f.inputs_hash = ANY(:hashes)
""")  # noqa: S608
# A family whose facts say the same as when it was last decided keeps that decision, also one that
# a person made; `previous` carries what is superseded otherwise.
CREATE_NEW_DECISIONS = text(f"""
    CREATE TEMPORARY TABLE new_decisions ON COMMIT DROP AS
    SELECT uuidv7() AS id, i.household_id, i.region_code, j.findings_id, j.outcome, i.fact_ids,
           i.roster_load_ids, c.decision_id AS previous_id
    FROM evaluation_inputs i
    JOIN judged j ON {" AND ".join(f"j.{name} IS NOT DISTINCT FROM i.{name}" for name in COLUMNS)}
    LEFT JOIN current_decisions c
        ON c.cycle_id = :cycle_id AND c.household_id = i.household_id
    LEFT JOIN decisions d ON d.id = c.decision_id
    WHERE d.findings_id IS DISTINCT FROM j.findings_id
""")  # noqa: S608
INSERT_DECISIONS = text("""
    INSERT INTO decisions (id, household_id, region_code, cycle_id, findings_id, outcome, fact_ids,
                           roster_load_ids, supersedes_id)
    SELECT id, household_id, region_code, :cycle_id, findings_id, outcome, fact_ids,
           roster_load_ids, previous_id
    FROM new_decisions
""")
POINT_TO_NEW = text("""
    INSERT INTO current_decisions (cycle_id, household_id, decision_id, region_code, outcome)
    SELECT :cycle_id, household_id, id, region_code, outcome FROM new_decisions
    ON CONFLICT (cycle_id, household_id) DO UPDATE
    SET decision_id = excluded.decision_id, region_code = excluded.region_code,
        outcome = excluded.outcome
""")
# Two evaluations of one cycle would supersede the same decision; the second waits.
LOCK_CYCLE = text("SELECT pg_advisory_xact_lock(620011, hashtext(CAST(:cycle_id AS text)))")

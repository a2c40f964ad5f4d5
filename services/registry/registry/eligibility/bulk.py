"""The statements that decide the families of a region: facts, findings, decisions, as sets.

The criteria are SQL, compiled from the same expressions that the CEL engine runs for one family
(`sql_of`, with a test that both say the same). They are judged once for each combination of facts
that occurs, some hundreds for however many families.
"""

from collections.abc import Mapping

from sqlalchemy import TextClause, text

from registry.eligibility.family_facts import BY_REGION, Asked, family_facts
from registry.eligibility.plan import Plan
from registry.eligibility.rules import ELIGIBLE, INELIGIBLE, MET, NEEDS_REVIEW, NOT_MET

# Sorts and hashes of a province fit, and nobody else is working in this transaction.
MORE_MEMORY = text("SELECT set_config('work_mem', '128MB', true)")
# What is known of tables that grow by a province in one commit is old: for many families, never
# compare each with each.
NO_NESTED_LOOPS = text("SELECT set_config('enable_nestloop', 'off', true)")
# The planner knows nothing of tables that were just filled.
ANALYZE_INPUTS = text("ANALYZE evaluation_inputs (household_id, combination)")
ANALYZE_JUDGED = text("ANALYZE judged (combination)")
# Two evaluations of one cycle would supersede the same decision; the second waits.
LOCK_CYCLE = text("SELECT pg_advisory_xact_lock(620011, hashtext(CAST(:cycle_id AS text)))")


def create_inputs(asked: Asked, *, is_whole: bool) -> TextClause:
    """Return the statement that looks up what is known about every family of a region."""
    found = family_facts(asked, BY_REGION, is_whole=is_whole)
    return text(f"""
        CREATE TEMPORARY TABLE evaluation_inputs ON COMMIT DROP AS
        SELECT f.*, {asked.packed("f.")} AS combination FROM ({found}) f
    """)  # noqa: S608


def create_judged(plan: Plan) -> TextClause:
    """Return the statement that judges each combination of facts that occurs."""
    names = ", ".join(f"any_value({name}) AS {name}" for name in plan.asked.names)
    places = [f"o{place}" for place in range(len(plan.criteria))]
    outcomes = ", ".join(
        f"{sql} AS {place}" for sql, place in zip(plan.outcomes_sql("c."), places, strict=True)
    )
    listed = ", ".join(
        f"jsonb_build_object('code', '{one.code}', 'outcome', {place})"
        for one, place in zip(plan.criteria, places, strict=True)
    )
    inputs = ", ".join(f"'{name}', c.{name}" for name in plan.asked.names)
    return text(f"""
        CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
        WITH combinations AS (
            SELECT combination{"," if names else ""} {names} FROM evaluation_inputs
            GROUP BY combination
        ), judgements AS (
            SELECT c.combination, {outcomes}, jsonb_build_object({inputs}) AS inputs
            FROM combinations c
        )
        SELECT combination, inputs, sha256(convert_to(inputs\\:\\:text, 'UTF8')) AS inputs_hash,
               jsonb_build_array({listed}) AS outcomes, {outcome_of(places)} AS outcome
        FROM judgements
    """)  # noqa: S608


def bound(statement: TextClause, values: Mapping[str, object]) -> dict[str, object]:
    """Return those values that a statement asks for: it names only what its facts need."""
    asked = statement.compile().params
    return {name: value for name, value in values.items() if name in asked}


def outcome_of(outcomes: list[str]) -> str:
    """Return SQL for the whole outcome: ineligible when one is not met, review when one is open."""
    every = ", ".join(outcomes)
    return (
        f"CASE WHEN '{NOT_MET}' IN ({every}) THEN '{INELIGIBLE}' "
        f"WHEN array_remove(ARRAY[{every}], '{MET}') = '{{}}' THEN '{ELIGIBLE}' "
        f"ELSE '{NEEDS_REVIEW}' END"
    )


INSERT_FINDINGS = text("""
    INSERT INTO findings (criteria_version_id, overlap_version_id, inputs, inputs_hash, outcomes,
                          outcome)
    SELECT :criteria_version_id, CAST(:overlap_version_id AS uuid), inputs, inputs_hash, outcomes,
           outcome
    FROM judged ORDER BY combination ON CONFLICT DO NOTHING
""")
# A family whose facts say the same as when it was last decided keeps that decision, also one that
# a person made; a new one supersedes it and leaves it as it was.
DECIDE = text("""
    WITH found AS (
        SELECT j.combination, j.outcome, f.id AS findings_id
        FROM judged j JOIN findings f ON f.criteria_version_id = :criteria_version_id
            AND f.overlap_version_id IS NOT DISTINCT FROM CAST(:overlap_version_id AS uuid)
            AND f.inputs_hash = j.inputs_hash
    ), made AS (
        INSERT INTO decisions (id, household_id, region_code, cycle_id, findings_id, outcome,
                               fact_ids, roster_load_ids, supersedes_id)
        SELECT uuidv7(), i.household_id, i.region_code, :cycle_id, j.findings_id, j.outcome,
               i.fact_ids, i.roster_load_ids, c.decision_id
        FROM evaluation_inputs i JOIN found j ON j.combination = i.combination
        LEFT JOIN current_decisions c
            ON c.cycle_id = :cycle_id AND c.household_id = i.household_id
        LEFT JOIN decisions d ON d.id = c.decision_id
        WHERE d.findings_id IS DISTINCT FROM j.findings_id
        RETURNING id, household_id, region_code, outcome, supersedes_id
    ), moved AS (
        UPDATE current_decisions c
        SET decision_id = m.id, region_code = m.region_code, outcome = m.outcome
        FROM made m WHERE m.supersedes_id IS NOT NULL
          AND c.cycle_id = :cycle_id AND c.household_id = m.household_id
    ), first AS (
        INSERT INTO current_decisions (cycle_id, household_id, decision_id, region_code, outcome)
        SELECT :cycle_id, household_id, id, region_code, outcome FROM made
        WHERE supersedes_id IS NULL
    )
    SELECT count(*) FROM made
""")
# Families that are known to be on a programme, and for whom no person has made an exception.
OVERLAPPING = text("""
    SELECT c.household_id, c.region_code
    FROM current_decisions c JOIN decisions d ON d.id = c.decision_id
    JOIN findings f ON f.id = d.findings_id
    WHERE c.cycle_id = :cycle_id AND c.region_code LIKE :region_prefix
      AND f.inputs -> CAST(:fact AS text) = 'true' AND d.reviewed_by IS NULL
      AND f.inputs -> CAST(:exception AS text) = 'false'
""")

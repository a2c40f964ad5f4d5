"""Every statement about letters to families."""

from sqlalchemy import text

from registry.people.queries import SHOWN_HEAD

DECISION = text("""
    SELECT d.id, d.region_code, c.decision_id IS NOT NULL AS is_current,
           l.id IS NOT NULL AS has_letter
    FROM decisions d
    LEFT JOIN current_decisions c ON c.cycle_id = d.cycle_id AND c.household_id = d.household_id
        AND c.decision_id = d.id
    LEFT JOIN decision_letters l ON l.decision_id = d.id
    WHERE d.id = :decision_id AND d.household_id = :household_id
""")
_INSERT = """
    INSERT INTO decision_letters (decision_id, household_id, region_code, cycle_id, issued_by,
                                  issued_by_name, due_on)
    SELECT d.id, d.household_id, d.region_code, d.cycle_id, :person, :person_name, :due_on
"""
ISSUE = text(f"""
    {_INSERT} FROM decisions d WHERE d.id = :decision_id AND d.household_id = :household_id
    ON CONFLICT (decision_id) DO NOTHING
""")
ISSUE_FOR_VILLAGE = text(f"""
    {_INSERT} FROM current_decisions c JOIN decisions d ON d.id = c.decision_id
    WHERE c.cycle_id = :cycle_id AND c.region_code = :region_code
      AND c.outcome IN ('eligible', 'ineligible')
    ORDER BY d.household_id ON CONFLICT (decision_id) DO NOTHING
""")
_LETTER = f"""
    SELECT l.id, l.number, l.issued_at, l.due_on, l.issued_by_name, d.id AS decision_id,
           d.household_id, d.region_code, d.outcome, d.decided_at, d.reviewed_by_name,
           d.review_reason, d.fact_ids, d.roster_load_ids, f.inputs, f.outcomes,
           f.criteria_version_id, f.overlap_version_id, v.version, v.decree_number, v.decree_on,
           c.name AS cycle_name, p.code AS programme_code, p.name_id, p.name_en,
           h.name AS head_name
    FROM decision_letters l JOIN decisions d ON d.id = l.decision_id
    JOIN findings f ON f.id = d.findings_id
    JOIN criteria_versions v ON v.id = f.criteria_version_id
    JOIN cycles c ON c.id = d.cycle_id JOIN programmes p ON p.id = c.programme_id
    {SHOWN_HEAD.format(household="d.household_id")}
"""  # noqa: S608
LETTER = text(f"{_LETTER} WHERE l.decision_id = :decision_id AND l.household_id = :household_id")
_CURRENT = """
    JOIN current_decisions k ON k.cycle_id = l.cycle_id
        AND k.household_id = l.household_id AND k.decision_id = l.decision_id
    WHERE l.cycle_id = :cycle_id AND l.region_code = :region_code
"""
LETTERS_OF_VILLAGE = text(f"""
    {_LETTER} {_CURRENT} ORDER BY h.name, l.number LIMIT :rows OFFSET :skip
""")
COUNT_OF_VILLAGE = text(f"SELECT count(*) FROM decision_letters l {_CURRENT}")  # noqa: S608

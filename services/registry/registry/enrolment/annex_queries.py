"""The statements behind a decree's annex, and behind checking an approved list later."""

from sqlalchemy import text

from registry.people.queries import SHOWN_HEAD

ANNEX_ROWS = text(f"""
    SELECT m.household_id, m.region_code, m.action, k.kk_index, k.kk_sealed, h.name AS head_name
    FROM list_members m LEFT JOIN households k ON k.id = m.household_id
    {SHOWN_HEAD.format(household="m.household_id")}
    WHERE m.list_id = :list_id
      AND (CAST(:after AS uuid) IS NULL
           OR (m.region_code, m.household_id) > (CAST(:after_region AS text), :after))
    ORDER BY m.region_code, m.household_id LIMIT :rows
""")  # noqa: S608
# What the audit log says was fixed and signed.
HASHES_IN_LOG = text("""
    SELECT action, details ->> 'content_hash' AS content_hash FROM audit_log
    WHERE subject_type = 'beneficiary_list' AND subject_id = :list_id
      AND action IN ('list.verified', 'list.approved', 'list.second_approved') ORDER BY at
""")
# Families on one side only: what was signed, and what was carried out.
NOT_ENROLLED = text("""
    SELECT m.household_id FROM list_members m JOIN beneficiary_lists l ON l.id = m.list_id
    WHERE m.list_id = :list_id AND m.action <> 'leave' AND NOT EXISTS (
        SELECT 1 FROM list_strikes g WHERE g.list_id = m.list_id
          AND g.household_id = m.household_id AND g.cause = 'family_gone')
      AND NOT EXISTS (
        SELECT 1 FROM enrolments e WHERE e.household_id = m.household_id
          AND e.cycle_id = l.cycle_id AND (e.list_id = m.list_id OR EXISTS (
            SELECT 1 FROM enrolment_steps s WHERE s.enrolment_id = e.id
              AND s.list_id = m.list_id AND s.step = 'resumed')))
    ORDER BY 1 LIMIT :rows
""")
NOT_SIGNED = text("""
    SELECT e.household_id FROM enrolments e
    LEFT JOIN list_members m ON m.list_id = e.list_id AND m.household_id = e.household_id
        AND m.action <> 'leave'
    WHERE e.list_id = :list_id AND m.household_id IS NULL ORDER BY 1 LIMIT :rows
""")
OTHER_DECISION = text("""
    SELECT e.household_id FROM enrolments e
    JOIN list_members m ON m.list_id = e.list_id AND m.household_id = e.household_id
    WHERE e.list_id = :list_id AND m.decision_id <> e.decision_id ORDER BY 1 LIMIT :rows
""")
ENDED_UNSIGNED = text("""
    SELECT e.household_id FROM enrolment_steps s JOIN enrolments e ON e.id = s.enrolment_id
    LEFT JOIN list_members m ON m.list_id = s.list_id AND m.household_id = e.household_id
        AND m.action = 'leave'
    WHERE s.list_id = :list_id AND s.step = 'ended' AND m.household_id IS NULL
    ORDER BY 1 LIMIT :rows
""")
SAMPLE_AS_KEPT = text("""
    SELECT household_id FROM sample_families WHERE list_id = :list_id ORDER BY position
""")

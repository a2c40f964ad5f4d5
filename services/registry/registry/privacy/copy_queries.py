"""Every statement about what is held about one person, and who has seen it.

`:person_id` and `:household_id` are given to all of them. What is about another member is left out
(UU 27/2022 art. 33).
"""

from sqlalchemy import text

# Where the values of now came from, and since when they are held.
SOURCE = text("""
    SELECT kind, words, by_name, at FROM (
        SELECT id, 'file' AS kind, file_name AS words, uploaded_by_name AS by_name,
               uploaded_at AS at
        FROM import_batches
        UNION ALL
        SELECT id, 'correction', field, decided_by_name, decided_at FROM subject_requests
        UNION ALL
        SELECT id, 'life_change', kind, recorded_by_name, recorded_at FROM life_changes
    ) s WHERE s.id = :import_id
""")
VERSIONS = text("""
    SELECT v.version, v.values, v.recorded_at, v.replaced_at,
           coalesce(b.file_name, q.field) AS source
    FROM person_versions v LEFT JOIN import_batches b ON b.id = v.import_id
    LEFT JOIN subject_requests q ON q.id = v.import_id
    WHERE v.person_id = :person_id ORDER BY v.version DESC
""")
# About the person, or about the family as a whole.
FACTS = text("""
    SELECT f.code, f.value, f.period, f.source, f.recorded_at,
           CASE WHEN f.subject_id = f.household_id THEN 'household' ELSE 'person' END AS about
    FROM facts f WHERE f.household_id = :household_id
      AND f.subject_id IN (:household_id, :person_id) ORDER BY f.id DESC
""")
DECISIONS = text("""
    SELECT p.name_id AS programme, c.name AS cycle, d.outcome, d.decided_at, v.decree_number,
           d.review_reason, f.outcomes, f.inputs
    FROM decisions d JOIN cycles c ON c.id = d.cycle_id JOIN programmes p ON p.id = c.programme_id
    JOIN findings f ON f.id = d.findings_id
    JOIN criteria_versions v ON v.id = f.criteria_version_id
    WHERE d.household_id = :household_id ORDER BY d.decided_at DESC
""")
ENROLMENTS = text("""
    SELECT p.name_id AS programme, c.name AS cycle, l.decree_number, l.decree_on, e.enrolled_at
    FROM enrolments e JOIN beneficiary_lists l ON l.id = e.list_id
    JOIN cycles c ON c.id = e.cycle_id JOIN programmes p ON p.id = e.programme_id
    WHERE e.household_id = :household_id ORDER BY e.enrolled_at DESC
""")
CARDS = text("""
    SELECT status, issued_at, expires_at, status_reason FROM household_cards
    WHERE household_id = :household_id ORDER BY issued_at DESC NULLS LAST
""")
# Use at a clinic, or of something unknown here, may tell of another member's health.
REDEMPTIONS = text("""
    WITH alone AS (SELECT count(*) <= 1 AS is_so FROM persons
                   WHERE household_id = :household_id AND status <> 'merged')
    SELECT r.redeemed_at, r.amount_rupiah, r.reversed_at,
           CASE WHEN o.is_open THEN r.benefit_name END AS benefit_name,
           CASE WHEN o.is_open THEN r.partner_name END AS partner_name
    FROM household_redemptions r CROSS JOIN alone a CROSS JOIN LATERAL (
        SELECT a.is_so OR EXISTS (SELECT 1 FROM benefits b WHERE b.name_id = r.benefit_name
               AND NOT ('clinic' = ANY(b.partner_kinds) OR b.kind = 'service')) AS is_open) o
    WHERE r.household_id = :household_id ORDER BY r.redeemed_at DESC NULLS LAST
""")
FLAGS = text("""
    SELECT kind, severity, source, source_on, raised_at, cleared_at, clear_reason FROM flags
    WHERE subject_id IN (:household_id, :person_id) ORDER BY raised_at DESC
""")
OBJECTIONS = text("""
    SELECT receipt_number, state, received_at, due_on, decided_at, decided_reason FROM objections
    WHERE household_id = :household_id ORDER BY received_at DESC
""")
# Only changes in which this person takes part.
CHANGES = text("""
    SELECT kind, state, happened_on, recorded_at, decided_at FROM life_changes
    WHERE household_id = :household_id
      AND request::text LIKE '%' || CAST(CAST(:person_id AS uuid) AS text) || '%'
    ORDER BY recorded_at DESC
""")
REQUESTS = text("""
    SELECT kind, state, received_at, due_at, decided_at, outcome_reason, legal_ground
    FROM subject_requests WHERE person_id = :person_id ORDER BY received_at DESC
""")
WHO_SAW_ROWS = 2000
# Looks at the person, at the family, at search results, lists and files in which the family was.
WHO_SAW = text("""
    SELECT a.at, a.actor_name, a.action, a.details ->> 'reason' AS reason FROM (
        SELECT * FROM audit_log
        WHERE subject_type = 'household' AND subject_id = CAST(CAST(:household_id AS uuid) AS text)
        UNION ALL
        SELECT * FROM audit_log
        WHERE subject_type = 'person' AND subject_id = CAST(CAST(:person_id AS uuid) AS text)
        UNION ALL
        SELECT * FROM audit_log
        WHERE subject_type = 'region' AND subject_id = ANY(:places)
          AND details -> 'households' @> to_jsonb(CAST(CAST(:household_id AS uuid) AS text))
        UNION ALL
        SELECT * FROM audit_log
        WHERE subject_type = 'beneficiary_list' AND subject_id IN (
            SELECT list_id::text FROM list_members WHERE household_id = :household_id)
        UNION ALL
        SELECT * FROM audit_log WHERE subject_type = 'objection' AND subject_id IN (
            SELECT id::text FROM objections WHERE household_id = :household_id)
        UNION ALL
        SELECT * FROM audit_log WHERE subject_type = 'received_batch' AND subject_id IN (
            SELECT batch_id::text FROM received_rows WHERE household_id = :household_id)
        UNION ALL
        SELECT * FROM audit_log WHERE subject_type = 'cycle' AND subject_id IN (
            SELECT id::text FROM cycles)
          AND details -> 'households' @> to_jsonb(CAST(CAST(:household_id AS uuid) AS text))
        UNION ALL
        SELECT * FROM audit_log
        WHERE subject_type = 'import' AND subject_id IN (
            SELECT import_id::text FROM persons WHERE id = :person_id
            UNION SELECT import_id::text FROM person_versions WHERE person_id = :person_id)
    ) a ORDER BY a.at DESC, a.id DESC LIMIT :rows
""")
OTHERS = text("""
    SELECT count(*) FROM persons
    WHERE household_id = :household_id AND id <> :person_id AND status <> 'merged'
""")

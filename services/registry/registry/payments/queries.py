"""Every SQL statement about payments to families."""

from sqlalchemy import text

# In the order of the ids, so that two messages that tell of one payment never wait in a circle.
NOTE = text("""
    INSERT INTO family_payments AS known
        (payment_id, household_id, cycle_id, benefit_id, subject_id, benefit_name_id,
         benefit_name_en, amount_rupiah, outcome, reason_code, settled_at, version)
    SELECT * FROM unnest(
        CAST(:payment_ids AS uuid[]), CAST(:household_ids AS uuid[]), CAST(:cycle_ids AS uuid[]),
        CAST(:benefit_ids AS uuid[]), CAST(:subject_ids AS uuid[]), CAST(:names_id AS text[]),
        CAST(:names_en AS text[]), CAST(:amounts AS bigint[]), CAST(:outcomes AS text[]),
        CAST(:reasons AS text[]), CAST(:settled AS timestamptz[]), CAST(:versions AS integer[]))
    ORDER BY 1
    ON CONFLICT (payment_id) DO UPDATE SET
        outcome = excluded.outcome, reason_code = excluded.reason_code,
        settled_at = excluded.settled_at, version = excluded.version
    WHERE known.version < excluded.version
""")
OF_HOUSEHOLD = text("""
    SELECT benefit_name_id, benefit_name_en, amount_rupiah, outcome, reason_code, settled_at,
           -- A payment that failed and was then sent again says nothing any more of what to do.
           outcome = 'failed' AND NOT EXISTS (
               SELECT 1 FROM family_payments later
               WHERE (later.household_id, later.cycle_id, later.benefit_id, later.subject_id)
                     = (p.household_id, p.cycle_id, p.benefit_id, p.subject_id)
                 AND later.settled_at > p.settled_at) AS is_open
    FROM family_payments p WHERE household_id = :household_id
    ORDER BY settled_at DESC, payment_id LIMIT :rows
""")

"""The set-based statements that take a file's facts in (see `incoming`)."""

from sqlalchemy import text

from registry.people.queries import IS_RESTRICTED

CREATE_INCOMING_FACTS = text("""
    CREATE TEMPORARY TABLE incoming_facts (
        row_number integer PRIMARY KEY, nik_index bytea, kk_index bytea,
        code text NOT NULL, value text NOT NULL, period text NOT NULL,
        valid_from date NOT NULL, valid_to date NOT NULL,
        household_id uuid, subject_id uuid, change text, before text, problem text
    ) ON COMMIT DROP
""")
ANALYZE_INCOMING_FACTS = text("ANALYZE incoming_facts")
PUT_FACTS = text("""
    INSERT INTO incoming_facts (row_number, nik_index, kk_index, code, value, period, valid_from,
                                valid_to)
    SELECT row_number, nik_index, kk_index, fact_code, fact_value, period, valid_from, valid_to
    FROM staged_rows WHERE import_id = :import_id AND errors = '[]'::jsonb
""")
_FAMILIES_OF_CARDS = text("""
    UPDATE incoming_facts i SET household_id = h.id, subject_id = h.id
    FROM households h WHERE h.kk_index = i.kk_index AND h.region_code LIKE :region_prefix
""")
# An old card number with a known NIK still names the family.
_FAMILIES_OF_PERSONS = text("""
    UPDATE incoming_facts i SET household_id = h.id,
        subject_id = CASE WHEN i.kk_index IS NULL THEN p.id ELSE h.id END
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE i.household_id IS NULL AND p.nik_index = i.nik_index
      AND h.region_code LIKE :region_prefix
""")
_TWICE_IN_FACTS = text("""
    UPDATE incoming_facts i SET problem = 'subject_twice'
    FROM (SELECT row_number, row_number() OVER (
              PARTITION BY subject_id, code, period ORDER BY row_number) AS place
          FROM incoming_facts WHERE subject_id IS NOT NULL) p
    WHERE p.row_number = i.row_number AND p.place > 1
""")
_CHANGES_IN_FACTS = text("""
    UPDATE incoming_facts i SET change = c.change, before = c.before FROM (
        SELECT j.row_number, f.value AS before, CASE WHEN j.household_id IS NULL THEN 'unmatched'
            WHEN f.value IS NULL THEN 'new'
            WHEN f.value = j.value THEN 'unchanged' ELSE 'changed' END AS change
        FROM incoming_facts j LEFT JOIN LATERAL (
            SELECT value FROM facts
            WHERE facts.household_id = j.household_id AND facts.code = j.code
              AND facts.subject_id = j.subject_id AND facts.period = j.period
            ORDER BY id DESC LIMIT 1) f ON true
    ) c WHERE c.row_number = i.row_number AND i.problem IS NULL
""")
# The planner knows nothing of columns that were just filled: without a second look it takes one row
# for many and compares each with each.
COMPARE_FACTS = (
    _FAMILIES_OF_CARDS,
    _FAMILIES_OF_PERSONS,
    ANALYZE_INCOMING_FACTS,
    _TWICE_IN_FACTS,
    _CHANGES_IN_FACTS,
)
MERGE_FACTS = text("""
    INSERT INTO facts (household_id, subject_id, code, value, period, valid_from, valid_to, source,
                       import_id)
    SELECT household_id, subject_id, code, value, period, valid_from, valid_to, :source, :import_id
    FROM incoming_facts WHERE problem IS NULL AND change IN ('new', 'changed')
""")
LEAVE_ROSTER = text("""
    INSERT INTO facts (household_id, subject_id, code, value, period, valid_from, valid_to, source,
                       import_id)
    SELECT f.household_id, f.subject_id, f.code, 'no', f.period, f.valid_from, f.valid_to, :source,
           :import_id
    FROM (SELECT DISTINCT ON (facts.subject_id) facts.* FROM facts
          JOIN households h ON h.id = facts.household_id
          WHERE h.region_code LIKE :region_prefix AND facts.code = :code
            AND facts.period = :period
          ORDER BY facts.subject_id, facts.id DESC) f
    WHERE f.value = 'yes' AND f.import_id <> :import_id AND NOT EXISTS (
        SELECT 1 FROM incoming_facts i WHERE i.subject_id = f.subject_id)
""")
NOTE_ROSTER_LOAD = text("""
    INSERT INTO roster_loads (code, region_code, period, valid_from, valid_to, source, import_id)
    SELECT CAST(:code AS text), CAST(:region_code AS text), CAST(:period AS text),
           CAST(:valid_from AS date), CAST(:valid_to AS date), :source, :import_id
    WHERE NOT EXISTS (
        SELECT 1 FROM roster_loads WHERE code = :code AND region_code = :region_code
          AND period = :period)
""")
# The column that a problem points at is found by `cells`: {"kk": "F", "any": "E"}. What was known
# of a family with somebody restricted in it is not shown beside what the file says.
NOTE_FACTS = text(f"""
    UPDATE staged_rows s SET change = i.change,
        changed_fields = CASE i.change WHEN 'changed' THEN ARRAY['fact'] ELSE '{{}}' END,
        before = CASE WHEN i.change = 'changed' AND NOT EXISTS (
            SELECT 1 FROM persons p WHERE p.household_id = i.household_id AND {IS_RESTRICTED})
            THEN jsonb_build_object('fact', i.before) END,
        errors = CASE WHEN i.problem IS NULL THEN s.errors ELSE jsonb_build_array(
            jsonb_build_object('code', i.problem, 'cell',
                coalesce(CAST(:cells AS jsonb) ->> split_part(i.problem, '_', 1),
                         CAST(:cells AS jsonb) ->> 'any') || i.row_number)) END
    FROM incoming_facts i WHERE s.import_id = :import_id AND s.row_number = i.row_number
""")  # noqa: S608 - the words are this package's own

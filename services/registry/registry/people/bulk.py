"""The set-based statements that take a file's people and facts in (see `incoming`)."""

from sqlalchemy import text

CREATE_INCOMING_PEOPLE = text("""
    CREATE TEMPORARY TABLE incoming_people (
        row_number integer PRIMARY KEY,
        person_id uuid NOT NULL, temporary_number text NOT NULL, household_id uuid NOT NULL,
        nik_index bytea, nik_sealed bytea, kk_index bytea NOT NULL, kk_sealed bytea NOT NULL,
        address_index bytea, address_sealed bytea,
        name text NOT NULL, name_key text NOT NULL, sex text NOT NULL, born_on date,
        birth_place text, relation text NOT NULL, marital text, status text NOT NULL,
        known_person_id uuid, known_household_id uuid, address_changes boolean,
        change text, changed_fields text[], problem text
    ) ON COMMIT DROP
""")
ANALYZE_INCOMING_PEOPLE = text("ANALYZE incoming_people")
CREATE_INCOMING_FACTS = text("""
    CREATE TEMPORARY TABLE incoming_facts (
        row_number integer PRIMARY KEY, nik_index bytea, kk_index bytea,
        code text NOT NULL, value text NOT NULL, period text NOT NULL,
        valid_from date NOT NULL, valid_to date NOT NULL,
        household_id uuid, subject_id uuid, change text, problem text
    ) ON COMMIT DROP
""")
ANALYZE_INCOMING_FACTS = text("ANALYZE incoming_facts")
LOCK_REGION = text("SELECT pg_advisory_xact_lock(620010, hashtext(:region_code))")

_KNOWN_HOUSEHOLDS = text("""
    UPDATE incoming_people i
    SET known_household_id = h.id,
        problem = CASE WHEN h.region_code <> :region_code THEN 'kk_in_other_village' END,
        address_changes = i.address_index IS NOT NULL
            AND h.address_index IS DISTINCT FROM i.address_index
    FROM households h WHERE h.kk_index = i.kk_index
""")
_KNOWN_BY_NIK = text("""
    UPDATE incoming_people i
    SET known_person_id = p.id,
        problem = coalesce(i.problem,
            CASE WHEN h.region_code <> :region_code THEN 'nik_in_other_village' END)
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.nik_index = i.nik_index
""")
# One of the two has no NIK: the same card, name and birth date make it the same person.
_KNOWN_BY_CARD_AND_NAME = text("""
    UPDATE incoming_people i SET known_person_id = p.id
    FROM persons p
    WHERE i.known_person_id IS NULL AND p.household_id = i.known_household_id
      AND (i.nik_index IS NULL OR p.nik_index IS NULL)
      AND p.name_key = i.name_key AND p.born_on IS NOT DISTINCT FROM i.born_on
""")
# A person is written once; of two rows that mean the same person the first one counts.
_TWICE = text("""
    UPDATE incoming_people i SET problem = 'person_twice'
    FROM (SELECT row_number, row_number() OVER (
              PARTITION BY known_person_id ORDER BY row_number) AS place
          FROM incoming_people WHERE problem IS NULL AND known_person_id IS NOT NULL) p
    WHERE p.row_number = i.row_number AND p.place > 1
""")
_SAME_CARD_ONE_ID = text("""
    UPDATE incoming_people i SET household_id = coalesce(i.known_household_id, first.household_id)
    FROM (SELECT DISTINCT ON (kk_index) kk_index, household_id FROM incoming_people
          ORDER BY kk_index, row_number) first
    WHERE first.kk_index = i.kk_index
""")
_CHANGES = text("""
    UPDATE incoming_people i SET
        change = CASE WHEN c.fields IS NULL THEN 'new'
                      WHEN c.fields = '{}' THEN 'unchanged' ELSE 'changed' END,
        changed_fields = coalesce(c.fields, '{}')
    FROM (
        SELECT j.row_number, CASE WHEN p.id IS NULL THEN NULL ELSE array_remove(ARRAY[
            CASE WHEN j.nik_index IS NOT NULL AND p.nik_index IS DISTINCT FROM j.nik_index
                THEN 'nik' END,
            CASE WHEN p.household_id <> j.household_id THEN 'household' END,
            CASE WHEN p.name <> j.name THEN 'name' END,
            CASE WHEN p.sex <> j.sex THEN 'sex' END,
            CASE WHEN j.born_on IS NOT NULL AND p.born_on IS DISTINCT FROM j.born_on
                THEN 'born_on' END,
            CASE WHEN j.birth_place IS NOT NULL AND p.birth_place IS DISTINCT FROM j.birth_place
                THEN 'birth_place' END,
            CASE WHEN p.relation <> j.relation THEN 'relation' END,
            CASE WHEN j.marital IS NOT NULL AND p.marital IS DISTINCT FROM j.marital
                THEN 'marital' END,
            CASE WHEN p.status <> j.status THEN 'status' END,
            CASE WHEN j.address_changes THEN 'address' END], NULL) END AS fields
        FROM incoming_people j LEFT JOIN persons p ON p.id = j.known_person_id
    ) c WHERE c.row_number = i.row_number AND i.problem IS NULL
""")
COMPARE_PEOPLE = (
    _KNOWN_HOUSEHOLDS,
    _KNOWN_BY_NIK,
    _KNOWN_BY_CARD_AND_NAME,
    ANALYZE_INCOMING_PEOPLE,
    _TWICE,
    _SAME_CARD_ONE_ID,
    _CHANGES,
)

_NEW_HOUSEHOLDS = text("""
    INSERT INTO households (id, region_code, kk_index, kk_sealed, address_index, address_sealed,
                            import_id)
    SELECT DISTINCT ON (kk_index) household_id, :region_code, kk_index, kk_sealed,
           address_index, address_sealed, :import_id
    FROM incoming_people WHERE problem IS NULL AND known_household_id IS NULL
    ORDER BY kk_index, (address_index IS NULL), row_number
""")
_NEW_ADDRESSES = text("""
    UPDATE households h
    SET address_index = i.address_index, address_sealed = i.address_sealed, import_id = :import_id
    FROM (SELECT DISTINCT ON (known_household_id) * FROM incoming_people
          WHERE problem IS NULL AND address_changes ORDER BY known_household_id, row_number) i
    WHERE h.id = i.known_household_id
""")
_KEEP_OLD_VERSIONS = text("""
    INSERT INTO person_versions (person_id, version, household_id, values, import_id, recorded_at)
    SELECT p.id, p.version, p.household_id, jsonb_build_object(
            'name', p.name, 'sex', p.sex, 'born_on', p.born_on, 'birth_place', p.birth_place,
            'relation', p.relation, 'marital', p.marital, 'status', p.status,
            'has_nik', p.nik_index IS NOT NULL),
        p.import_id, p.recorded_at
    FROM persons p JOIN incoming_people i ON i.known_person_id = p.id
    WHERE i.problem IS NULL AND i.change = 'changed' AND i.changed_fields <> '{address}'
""")
_CHANGED_PEOPLE = text("""
    UPDATE persons p SET
        household_id = i.household_id,
        nik_index = coalesce(i.nik_index, p.nik_index),
        nik_sealed = coalesce(i.nik_sealed, p.nik_sealed),
        name = i.name, name_key = i.name_key, sex = i.sex,
        born_on = coalesce(i.born_on, p.born_on),
        birth_place = coalesce(i.birth_place, p.birth_place),
        relation = i.relation, marital = coalesce(i.marital, p.marital), status = i.status,
        version = p.version + 1, import_id = :import_id, recorded_at = now()
    FROM incoming_people i
    WHERE i.known_person_id = p.id AND i.problem IS NULL AND i.change = 'changed'
      AND i.changed_fields <> '{address}'
""")
_NEW_PEOPLE = text("""
    INSERT INTO persons (id, household_id, nik_index, nik_sealed, temporary_number, name, name_key,
                         sex, born_on, birth_place, relation, marital, status, import_id)
    SELECT person_id, household_id, nik_index, nik_sealed,
           CASE WHEN nik_index IS NULL THEN temporary_number END,
           name, name_key, sex, born_on, birth_place, relation, marital, status, :import_id
    FROM incoming_people WHERE problem IS NULL AND change = 'new'
""")
MERGE_PEOPLE = (
    _NEW_HOUSEHOLDS,
    _NEW_ADDRESSES,
    _KEEP_OLD_VERSIONS,
    _CHANGED_PEOPLE,
    _NEW_PEOPLE,
)
COUNT_MISSING = text("""
    SELECT count(*) FROM persons p JOIN households h ON h.id = p.household_id
    WHERE h.region_code = :region_code AND p.status = 'alive'
      AND NOT EXISTS (SELECT 1 FROM incoming_people i WHERE i.known_person_id = p.id)
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
    UPDATE incoming_facts i SET change = c.change FROM (
        SELECT j.row_number, CASE WHEN j.household_id IS NULL THEN 'unmatched'
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

"""The statements that tell what was known of a family, when, and by whose word."""

from sqlalchemy import text

from registry.people.merge_queries import OLD_VALUES
from registry.people.queries import IS_RESTRICTED

# A family of today or one that was withdrawn: where it lives is the newest thing known of it.
FAMILY = text("""
    SELECT id, region_code FROM households WHERE id = :household_id
    UNION ALL SELECT id, region_code FROM withdrawn_households WHERE id = :household_id
""")
HOUSEHOLD_STATES = text("""
    SELECT version, region_code, address_sealed IS NOT NULL AS has_address, import_id, recorded_at,
           NULL AS replaced_at FROM households WHERE id = :household_id
    UNION ALL
    SELECT version, region_code, address_sealed IS NOT NULL, import_id, recorded_at, withdrawn_at
    FROM withdrawn_households WHERE id = :household_id
    UNION ALL
    SELECT version, region_code, address_sealed IS NOT NULL, import_id, recorded_at, replaced_at
    FROM household_versions WHERE household_id = :household_id
    ORDER BY version
""")
_HERE = """
    here AS (SELECT id FROM persons WHERE household_id = :household_id
        UNION SELECT person_id FROM person_versions WHERE household_id = :household_id)
"""
# Everyone who is or was in the family: who has left it may be restricted elsewhere.
AROUND = text(f"""
    WITH {_HERE} SELECT p.id, {IS_RESTRICTED} AS is_restricted,
           EXISTS (SELECT 1 FROM tombstones t WHERE t.subject_id = p.id) AS is_erased
    FROM persons p JOIN here ON here.id = p.id
""")  # noqa: S608
PERSON_STATES = text(f"""
    WITH {_HERE}, now_known AS (
        SELECT {OLD_VALUES} FROM persons p JOIN here ON here.id = p.id
    )
    SELECT n.id AS person_id, n.version, n.household_id, n.jsonb_build_object AS said,
           n.import_id, n.recorded_at, NULL AS replaced_at
    FROM now_known n
    UNION ALL
    SELECT v.person_id, v.version, v.household_id, v.values, v.import_id, v.recorded_at,
           v.replaced_at
    FROM person_versions v JOIN here ON here.id = v.person_id
    ORDER BY person_id, version
""")  # noqa: S608 - of constants of another module
FACT_STATES = text("""
    SELECT DISTINCT ON (f.subject_id, f.code, f.period) f.subject_id, f.code, f.value, f.period,
           f.valid_from, f.valid_to, f.source, f.import_id, f.recorded_at
    FROM (
        SELECT id, household_id, subject_id, code, value, period, valid_from, valid_to, source,
               import_id, recorded_at, NULL::timestamptz AS withdrawn_at FROM facts
        UNION ALL
        SELECT id, household_id, subject_id, code, value, period, valid_from, valid_to, source,
               import_id, recorded_at, withdrawn_at FROM withdrawn_facts
    ) f
    WHERE f.household_id = :household_id AND f.recorded_at < :until
      AND (f.withdrawn_at IS NULL OR f.withdrawn_at >= :until)
    ORDER BY f.subject_id, f.code, f.period, f.id DESC
""")
SOURCES = text("""
    SELECT id, file_name, layout, uploaded_by_name, uploaded_at, committed_by_name,
           confirmed_by_name, committed_at
    FROM import_batches WHERE id = ANY (CAST(:ids AS uuid[]))
""")
MOMENTS = text("""
    SELECT recorded_at FROM households WHERE id = :household_id
    UNION SELECT recorded_at FROM household_versions WHERE household_id = :household_id
    UNION SELECT recorded_at FROM persons WHERE household_id = :household_id
    UNION SELECT recorded_at FROM person_versions WHERE household_id = :household_id
    UNION SELECT replaced_at FROM person_versions WHERE household_id = :household_id
    UNION SELECT recorded_at FROM facts WHERE household_id = :household_id
    UNION SELECT withdrawn_at FROM withdrawn_facts WHERE household_id = :household_id
    ORDER BY 1 DESC LIMIT 60
""")

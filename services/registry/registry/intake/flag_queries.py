"""The statement that finds which facts of a file may raise flags."""

from sqlalchemy import text

FACTS_OF_IMPORT = text("""
    SELECT f.code, f.value, f.subject_id, f.household_id, f.valid_from, f.source, h.region_code
    FROM facts f JOIN households h ON h.id = f.household_id
    WHERE f.import_id = :import_id AND f.code = ANY(CAST(:codes AS text[]))
    ORDER BY f.id
""")

"""The statements that find what in a file may raise flags."""

from sqlalchemy import text

FACTS_OF_IMPORT = text("""
    SELECT f.code, f.value, f.subject_id, f.household_id, f.valid_from, f.source, h.region_code
    FROM facts f JOIN households h ON h.id = f.household_id
    WHERE f.import_id = :import_id AND f.code = ANY(CAST(:codes AS text[]))
    ORDER BY f.id
""")
# Whose NIK a row of the file gives to somebody else.
NIKS_OF_OTHERS = text("""
    SELECT DISTINCT p.id AS person_id, p.household_id, h.region_code
    FROM staged_rows s JOIN persons p ON p.id = s.known_person_id
    JOIN households h ON h.id = p.household_id
    WHERE s.import_id = :import_id AND s.errors @> '[{"code": "nik_of_another"}]'
    ORDER BY p.id
""")

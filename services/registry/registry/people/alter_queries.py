"""Every statement with which a confirmed change alters a person or a family, old version kept."""

from sqlalchemy import text

LOCK_HOUSEHOLDS = text("""
    SELECT id, region_code, kk_index, kk_sealed, address_index, address_sealed, version
    FROM households WHERE id = ANY(CAST(:household_ids AS uuid[])) ORDER BY id FOR UPDATE
""")
HOUSEHOLD_WITH_KK = text("SELECT id, region_code FROM households WHERE kk_index = :kk_index")
KK_OF = text("SELECT kk_index, kk_sealed FROM households WHERE id = :household_id")
KEEP_PERSON = text("""
    INSERT INTO person_versions (person_id, version, household_id, values, nik_index, nik_sealed,
                                 phone_index, phone_sealed, import_id, recorded_at)
    SELECT p.id, p.version, p.household_id, jsonb_build_object(
            'name', p.name, 'sex', p.sex, 'born_on', p.born_on, 'birth_place', p.birth_place,
            'relation', p.relation, 'marital', p.marital, 'status', p.status,
            'has_nik', p.nik_index IS NOT NULL),
        p.nik_index, p.nik_sealed, p.phone_index, p.phone_sealed, p.import_id, p.recorded_at
    FROM persons p WHERE p.id = :person_id AND p.version = :version
""")
ALTER_PERSON = text("""
    UPDATE persons SET household_id = :household_id, relation = :relation, status = :status,
        version = version + 1, import_id = :source_id, recorded_at = now()
    WHERE id = :person_id AND version = :version
    RETURNING version
""")
KEEP_HOUSEHOLD = text("""
    INSERT INTO household_versions (household_id, version, region_code, address_index,
                                    address_sealed, import_id, recorded_at)
    SELECT id, version, region_code, address_index, address_sealed, import_id, recorded_at
    FROM households WHERE id = :household_id
""")
ALTER_HOUSEHOLD = text("""
    UPDATE households SET region_code = :region_code, kk_index = :kk_index, kk_sealed = :kk_sealed,
        address_index = :address_index, address_sealed = :address_sealed,
        version = version + 1, import_id = :source_id, recorded_at = now()
    WHERE id = :household_id
""")
ADD_HOUSEHOLD = text("""
    INSERT INTO households (id, region_code, kk_index, kk_sealed, import_id)
    VALUES (:household_id, :region_code, :kk_index, :kk_sealed, :source_id)
""")

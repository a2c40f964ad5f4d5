"""The statements that write a compared file's people; empty values erase nothing."""

from sqlalchemy import text

_RIGHT = "s.import_id = :import_id AND s.errors = '[]'::jsonb"
_CHANGED = f"{_RIGHT} AND s.change = 'changed'"
# What is of the family alone: it makes no new version of the person whose row states it.
_OF_PERSON = "NOT s.changed_fields <@ ARRAY['address', 'village']"

_NEW_HOUSEHOLDS = text(f"""
    INSERT INTO households (id, region_code, kk_index, kk_sealed, address_index, address_sealed,
                            import_id)
    SELECT s.household_id, s.region_code, s.kk_index, s.kk_sealed, s.address_index,
           s.address_sealed, :import_id
    FROM staged_rows s
    WHERE {_RIGHT} AND s.kk_sealed IS NOT NULL AND s.known_household_id IS NULL
""")  # noqa: S608 - of constants of this module
# The address of a new family whose first row had none stands in a later one.
_LATER_ADDRESSES = text(f"""
    UPDATE households h SET address_index = s.address_index, address_sealed = s.address_sealed
    FROM staged_rows s
    WHERE {_RIGHT} AND s.kk_sealed IS NULL AND s.address_index IS NOT NULL
      AND s.known_household_id IS NULL AND h.id = s.household_id AND h.address_index IS NULL
""")  # noqa: S608
_TOUCHED = f"""
    SELECT s.known_household_id AS id,
           max(s.region_code) FILTER (WHERE s.changed_fields @> '{{village}}'
               AND s.from_region IS NOT NULL) AS region_code,
           min(s.row_number) FILTER (WHERE s.changed_fields @> '{{address}}') AS row_number
    FROM staged_rows s
    JOIN households h ON h.id = s.known_household_id
    WHERE {_CHANGED} AND (s.changed_fields @> '{{address}}'
        OR (s.changed_fields @> '{{village}}' AND h.region_code <> s.region_code))
    GROUP BY 1
"""  # noqa: S608
_KEEP_OLD_HOUSEHOLDS = text(f"""
    INSERT INTO household_versions (household_id, version, region_code, address_index,
                                    address_sealed, import_id, recorded_at)
    SELECT h.id, h.version, h.region_code, h.address_index, h.address_sealed, h.import_id,
           h.recorded_at
    FROM households h JOIN ({_TOUCHED}) t ON t.id = h.id
""")  # noqa: S608
_CHANGED_HOUSEHOLDS = text(f"""
    UPDATE households h SET
        region_code = coalesce(t.region_code, h.region_code),
        address_index = coalesce(a.address_index, h.address_index),
        address_sealed = coalesce(a.address_sealed, h.address_sealed),
        version = h.version + 1, import_id = :import_id, recorded_at = now()
    FROM ({_TOUCHED}) t
    LEFT JOIN staged_rows a ON a.import_id = :import_id AND a.row_number = t.row_number
    WHERE h.id = t.id
""")  # noqa: S608
KEEP_COLUMNS = (
    "person_id, version, household_id, values, nik_index, nik_sealed, phone_index, phone_sealed,"
    " import_id, recorded_at"
)
OLD_VALUES = """
    p.id, p.version, p.household_id, jsonb_build_object(
        'name', p.name, 'name_key', p.name_key, 'sex', p.sex, 'born_on', p.born_on,
        'birth_place', p.birth_place, 'relation', p.relation, 'marital', p.marital,
        'status', p.status, 'father_name', p.father_name, 'mother_name', p.mother_name,
        'temporary_number', p.temporary_number, 'has_nik', p.nik_index IS NOT NULL),
    p.nik_index, p.nik_sealed, p.phone_index, p.phone_sealed, p.import_id, p.recorded_at
"""
_KEEP_OLD_PEOPLE = text(f"""
    INSERT INTO person_versions ({KEEP_COLUMNS})
    SELECT {OLD_VALUES}
    FROM persons p JOIN staged_rows s ON s.known_person_id = p.id
    WHERE {_CHANGED} AND {_OF_PERSON}
""")  # noqa: S608
_CHANGED_PEOPLE = text(f"""
    UPDATE persons p SET
        household_id = coalesce(s.known_household_id, s.household_id),
        nik_index = coalesce(s.nik_index, p.nik_index),
        nik_sealed = coalesce(s.nik_sealed, p.nik_sealed),
        name = s.name, name_key = s.name_key, sex = s.sex,
        born_on = coalesce(s.born_on, p.born_on),
        birth_place = coalesce(s.birth_place, p.birth_place),
        relation = s.relation, marital = coalesce(s.marital, p.marital), status = s.status,
        father_name = coalesce(s.father_name, p.father_name),
        mother_name = coalesce(s.mother_name, p.mother_name),
        phone_index = coalesce(s.phone_index, p.phone_index),
        phone_sealed = coalesce(s.phone_sealed, p.phone_sealed),
        version = p.version + 1, import_id = :import_id, recorded_at = now()
    FROM staged_rows s
    WHERE s.known_person_id = p.id AND {_CHANGED} AND {_OF_PERSON}
""")  # noqa: S608
_NEW_PEOPLE = text(f"""
    INSERT INTO persons (id, household_id, nik_index, nik_sealed, temporary_number, name, name_key,
                         sex, born_on, birth_place, relation, marital, status, father_name,
                         mother_name, phone_index, phone_sealed, import_id)
    SELECT s.person_id, coalesce(s.known_household_id, s.household_id), s.nik_index, s.nik_sealed,
           s.temporary_number, s.name, s.name_key, s.sex, s.born_on, s.birth_place, s.relation,
           s.marital, s.status, s.father_name, s.mother_name, s.phone_index, s.phone_sealed,
           :import_id
    FROM staged_rows s
    WHERE {_RIGHT} AND s.change = 'new' AND s.row_number BETWEEN :first_row AND :last_row
""")  # noqa: S608
NEW_HOUSEHOLDS = (_NEW_HOUSEHOLDS, _LATER_ADDRESSES)
CHANGES = (_KEEP_OLD_HOUSEHOLDS, _CHANGED_HOUSEHOLDS, _KEEP_OLD_PEOPLE, _CHANGED_PEOPLE)
NEW_PEOPLE = _NEW_PEOPLE
LAST_ROW = text("SELECT max(row_number) FROM staged_rows WHERE import_id = :import_id")

"""The statements that take a committed file's people and facts out again, and what forbids it."""

from sqlalchemy import text

from registry.people.merge_queries import KEEP_COLUMNS, OLD_VALUES

_UNDONE = "EXISTS (SELECT 1 FROM import_batches b WHERE b.id = {id} AND b.state = 'undone')"
# Who or what the file spoke of and somebody has changed since, otherwise than by a file undone.
COUNT_CHANGED_SINCE = text(f"""
    SELECT count(*) FROM (
        SELECT v.person_id FROM person_versions v
        LEFT JOIN person_versions n ON n.person_id = v.person_id AND n.version = v.version + 1
        LEFT JOIN persons p ON p.id = v.person_id AND p.version = v.version + 1
        WHERE v.import_id = :import_id
          AND NOT {_UNDONE.format(id="coalesce(n.import_id, p.import_id)")}
          AND NOT (n.person_id IS NULL AND p.id IS NULL)
        UNION ALL
        SELECT v.household_id FROM household_versions v
        LEFT JOIN household_versions n
            ON n.household_id = v.household_id AND n.version = v.version + 1
        LEFT JOIN households h ON h.id = v.household_id AND h.version = v.version + 1
        WHERE v.import_id = :import_id
          AND NOT {_UNDONE.format(id="coalesce(n.import_id, h.import_id)")}
          AND NOT (n.household_id IS NULL AND h.id IS NULL)
        UNION ALL
        SELECT m.id FROM persons m JOIN persons p ON p.id = m.merged_into
        WHERE p.import_id = :import_id
        UNION ALL
        SELECT p.id FROM persons p WHERE p.import_id = :import_id AND p.merged_into IS NOT NULL
    ) c
""")  # noqa: S608 - of constants of this module
_TOUCHED = """
    SELECT id AS household_id FROM households WHERE import_id = :import_id
    UNION SELECT household_id FROM persons WHERE import_id = :import_id
    UNION SELECT household_id FROM facts WHERE import_id = :import_id
"""
LISTED = text(f"""
    SELECT l.id, l.region_code, l.decree_number, count(*) AS families
    FROM ({_TOUCHED}) t
    JOIN list_members m USING (household_id)
    JOIN beneficiary_lists l ON l.id = m.list_id
    WHERE l.state IN ('verified', 'awaiting_second', 'approving', 'approved')
    GROUP BY 1, 2, 3 ORDER BY 1
""")  # noqa: S608
# The first word about somebody was the file's: it brought them.
_BROUGHT = """
    p.import_id = :import_id AND coalesce(
        (SELECT v.import_id FROM person_versions v
         WHERE v.person_id = p.id ORDER BY v.version LIMIT 1), p.import_id) = :import_id
"""
_BROUGHT_HOME = """
    h.import_id = :import_id AND coalesce(
        (SELECT v.import_id FROM household_versions v
         WHERE v.household_id = h.id ORDER BY v.version LIMIT 1), h.import_id) = :import_id
"""
_KEEP_PEOPLE = text(f"""
    INSERT INTO person_versions ({KEEP_COLUMNS})
    SELECT {OLD_VALUES} FROM persons p WHERE p.import_id = :import_id
""")  # noqa: S608
_KEEP_HOUSEHOLDS = text(f"""
    INSERT INTO household_versions (household_id, version, region_code, address_index,
                                    address_sealed, import_id, recorded_at)
    SELECT h.id, h.version, h.region_code, h.address_index, h.address_sealed, h.import_id,
           h.recorded_at
    FROM households h WHERE h.import_id = :import_id AND NOT ({_BROUGHT_HOME})
""")  # noqa: S608
_BROUGHT_PEOPLE = text(f"""
    CREATE TEMPORARY TABLE brought_people ON COMMIT DROP AS
    SELECT p.id FROM persons p WHERE {_BROUGHT}
""")  # noqa: S608
_BROUGHT_HOUSEHOLDS = text(f"""
    CREATE TEMPORARY TABLE brought_households ON COMMIT DROP AS
    SELECT h.id FROM households h WHERE {_BROUGHT_HOME}
""")  # noqa: S608
_RESTORE_HOUSEHOLDS = text(f"""
    UPDATE households h SET region_code = v.region_code, address_index = v.address_index,
        address_sealed = v.address_sealed, import_id = v.import_id, version = h.version + 1,
        recorded_at = now()
    FROM (
        SELECT DISTINCT ON (v.household_id) v.* FROM household_versions v
        WHERE v.import_id <> :import_id AND NOT {_UNDONE.format(id="v.import_id")}
          AND v.household_id IN (SELECT id FROM households WHERE import_id = :import_id)
        ORDER BY v.household_id, v.version DESC
    ) v
    WHERE h.id = v.household_id AND h.import_id = :import_id
      AND h.id NOT IN (SELECT id FROM brought_households)
""")  # noqa: S608
_RESTORE_PEOPLE = text(f"""
    UPDATE persons p SET household_id = v.household_id, nik_index = v.nik_index,
        nik_sealed = v.nik_sealed, phone_index = v.phone_index, phone_sealed = v.phone_sealed,
        temporary_number = coalesce(v.values ->> 'temporary_number', p.temporary_number),
        name = v.values ->> 'name', name_key = v.values ->> 'name_key', sex = v.values ->> 'sex',
        born_on = (v.values ->> 'born_on')::date, birth_place = v.values ->> 'birth_place',
        relation = v.values ->> 'relation', marital = v.values ->> 'marital',
        status = v.values ->> 'status', father_name = v.values ->> 'father_name',
        mother_name = v.values ->> 'mother_name', import_id = v.import_id,
        version = p.version + 1, recorded_at = now()
    FROM (
        SELECT DISTINCT ON (v.person_id) v.* FROM person_versions v
        WHERE v.import_id <> :import_id AND NOT {_UNDONE.format(id="v.import_id")}
          AND v.person_id IN (SELECT id FROM persons WHERE import_id = :import_id)
        ORDER BY v.person_id, v.version DESC
    ) v
    WHERE p.id = v.person_id AND p.import_id = :import_id
      AND p.id NOT IN (SELECT id FROM brought_people)
""")  # noqa: S608
_TAKE_PEOPLE = text("DELETE FROM persons p USING brought_people b WHERE p.id = b.id")
_SHELVE_HOUSEHOLDS = text("""
    INSERT INTO withdrawn_households (id, version, region_code, kk_index, kk_sealed, address_index,
                                      address_sealed, import_id, recorded_at)
    SELECT h.id, h.version, h.region_code, h.kk_index, h.kk_sealed, h.address_index,
           h.address_sealed, h.import_id, h.recorded_at
    FROM households h JOIN brought_households b ON b.id = h.id
""")
_TAKE_HOUSEHOLDS = text("DELETE FROM households h USING brought_households b WHERE h.id = b.id")
_FACT = (
    "id, household_id, subject_id, code, value, period, valid_from, valid_to, source, import_id,"
    " recorded_at"
)
_LOAD = "id, code, region_code, period, valid_from, valid_to, source, import_id, recorded_at"
UNDO_FACTS = (
    text(
        f"INSERT INTO withdrawn_facts ({_FACT})"  # noqa: S608
        f" SELECT {_FACT} FROM facts WHERE import_id = :import_id"
    ),
    text("DELETE FROM facts WHERE import_id = :import_id"),
    text(
        f"INSERT INTO withdrawn_roster_loads ({_LOAD})"  # noqa: S608
        f" SELECT {_LOAD} FROM roster_loads WHERE import_id = :import_id"
    ),
    text("DELETE FROM roster_loads WHERE import_id = :import_id"),
)
UNDO_PEOPLE = (
    _BROUGHT_PEOPLE,
    _BROUGHT_HOUSEHOLDS,
    _KEEP_PEOPLE,
    _KEEP_HOUSEHOLDS,
    _RESTORE_HOUSEHOLDS,
    _RESTORE_PEOPLE,
    _TAKE_PEOPLE,
    _SHELVE_HOUSEHOLDS,
    _TAKE_HOUSEHOLDS,
)
RESTORED_REGIONS = text("""
    SELECT DISTINCT h.region_code FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.import_id <> :import_id AND EXISTS (
        SELECT 1 FROM person_versions v WHERE v.person_id = p.id AND v.version = p.version - 1
          AND v.import_id = :import_id)
""")

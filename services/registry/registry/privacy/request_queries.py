"""Every statement about people's requests, and the records that a request changes."""

from sqlalchemy import bindparam, insert, select, text

from registry.privacy.tables import subject_requests, tombstones

INSERT = insert(subject_requests)
REQUEST = select(subject_requests).where(subject_requests.c.id == bindparam("request_id"))
LOCK = REQUEST.with_for_update()
_IN_SCOPES = """
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE q.region_code LIKE s || '%')
"""
# What is late comes first, because the oldest is due first.
OPEN = text(f"""
    SELECT q.*, p.name FROM subject_requests q LEFT JOIN persons p ON p.id = q.person_id
    WHERE q.state = 'open' AND {_IN_SCOPES}
      AND (CAST(:kinds AS text[]) = '{{}}' OR q.kind = ANY(CAST(:kinds AS text[])))
    ORDER BY q.due_at, q.id LIMIT :rows
""")  # noqa: S608
CLOSED = text(f"""
    SELECT q.*, p.name FROM subject_requests q LEFT JOIN persons p ON p.id = q.person_id
    WHERE q.state <> 'open' AND {_IN_SCOPES}
    ORDER BY q.decided_at DESC, q.id LIMIT :rows
""")  # noqa: S608
COUNTS = text(f"""
    SELECT count(*) FILTER (WHERE state = 'open') AS open,
           count(*) FILTER (WHERE state = 'open' AND due_at < clock_timestamp()) AS late,
           count(*) FILTER (WHERE state <> 'open') AS answered,
           count(*) FILTER (WHERE state <> 'open' AND decided_at > due_at) AS answered_late
    FROM subject_requests q WHERE {_IN_SCOPES}
""")  # noqa: S608
DECIDE = text("""
    UPDATE subject_requests SET state = :state, outcome_reason = :reason,
        legal_ground = :legal_ground, decided_by = :person, decided_by_name = :person_name,
        decided_at = clock_timestamp(), value_sealed = NULL
    WHERE id = :request_id
""")

PERSON = text("""
    SELECT p.*, h.region_code, h.kk_index, h.kk_sealed, h.address_index, h.address_sealed,
           EXISTS (SELECT 1 FROM flags f WHERE f.subject_id = p.id AND f.kind = 'restricted'
                   AND f.cleared_at IS NULL) AS is_restricted,
           EXISTS (SELECT 1 FROM tombstones t WHERE t.subject_id = p.id) AS is_erased
    FROM persons p JOIN households h ON h.id = p.household_id WHERE p.id = :person_id
""")
KEEP_VERSION = text("""
    INSERT INTO person_versions (person_id, version, household_id, values, nik_index, nik_sealed,
                                 phone_index, phone_sealed, import_id, recorded_at)
    SELECT p.id, p.version, p.household_id, jsonb_build_object(
            'name', p.name, 'sex', p.sex, 'born_on', p.born_on, 'birth_place', p.birth_place,
            'relation', p.relation, 'marital', p.marital, 'status', p.status,
            'father_name', p.father_name, 'mother_name', p.mother_name,
            'has_nik', p.nik_index IS NOT NULL),
        p.nik_index, p.nik_sealed, p.phone_index, p.phone_sealed, p.import_id, p.recorded_at
    FROM persons p WHERE p.id = :person_id
""")
_NEXT_VERSION = "version = version + 1, import_id = :request_id, recorded_at = now()"
CORRECT = {
    "name": text(
        f"UPDATE persons SET name = :value, name_key = :key, {_NEXT_VERSION} WHERE id = :person_id"  # noqa: S608
    ),
    "sex": text(f"UPDATE persons SET sex = :value, {_NEXT_VERSION} WHERE id = :person_id"),  # noqa: S608
    "born_on": text(
        f"UPDATE persons SET born_on = CAST(CAST(:value AS text) AS date), {_NEXT_VERSION} "  # noqa: S608
        "WHERE id = :person_id"
    ),
    "birth_place": text(
        f"UPDATE persons SET birth_place = :value, {_NEXT_VERSION} WHERE id = :person_id"  # noqa: S608
    ),
    "nik": text(
        f"UPDATE persons SET nik_index = :index, nik_sealed = :sealed, {_NEXT_VERSION} "  # noqa: S608
        "WHERE id = :person_id"
    ),
    "phone": text(
        f"UPDATE persons SET phone_index = :index, phone_sealed = :sealed, {_NEXT_VERSION} "  # noqa: S608
        "WHERE id = :person_id"
    ),
}
NIK_OF_ANOTHER = text("SELECT id FROM persons WHERE nik_index = :index AND id <> :person_id")
KEEP_ADDRESS = text("""
    INSERT INTO household_versions (household_id, version, region_code, address_index,
                                    address_sealed, import_id, recorded_at)
    SELECT id, version, region_code, address_index, address_sealed, import_id, recorded_at
    FROM households WHERE id = :household_id
""")
CORRECT_ADDRESS = text(
    f"UPDATE households SET address_index = :index, address_sealed = :sealed, {_NEXT_VERSION} "  # noqa: S608
    "WHERE id = :household_id"
)

# Money was given for this family, or may still be: the record of it must say for whom.
HAS_PAYMENT = text("""
    SELECT EXISTS (SELECT 1 FROM enrolments WHERE household_id = :household_id)
        OR EXISTS (SELECT 1 FROM household_redemptions WHERE household_id = :household_id)
""")
# What is left of an erased person: a row that others point at, with nobody in it.
ERASE_PERSONS = text("""
    UPDATE persons SET nik_index = NULL, nik_sealed = NULL, phone_index = NULL, phone_sealed = NULL,
        temporary_number = 'X' || replace(id::text, '-', ''), name = '', name_key = '',
        born_on = NULL, birth_place = NULL, marital = NULL, father_name = NULL, mother_name = NULL
    WHERE id = ANY(:person_ids)
""")
ERASE_VERSIONS = text("DELETE FROM person_versions WHERE person_id = ANY(:person_ids)")
ERASE_PROPOSALS = text("""
    UPDATE subject_requests SET value_sealed = NULL, requester = ''
    WHERE person_id = ANY(:person_ids)
""")
# A family of which nobody is left: its number and address go too. The index stays unique.
ERASE_HOUSEHOLDS = text("""
    UPDATE households h SET kk_index = sha256(convert_to('erased ' || h.id::text, 'UTF8')),
        kk_sealed = ''::bytea, address_index = NULL, address_sealed = NULL
    WHERE h.id = ANY(:household_ids) AND h.kk_sealed <> ''::bytea
      AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.household_id = h.id AND NOT EXISTS (
          SELECT 1 FROM tombstones t WHERE t.subject_id = p.id))
    RETURNING h.id
""")
ERASE_ADDRESSES = (
    text("DELETE FROM household_versions WHERE household_id = ANY(:household_ids)"),
    text("DELETE FROM withdrawn_households WHERE id = ANY(:household_ids)"),
)
BURY = insert(tombstones)

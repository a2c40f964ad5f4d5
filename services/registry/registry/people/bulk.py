"""The set-based statements that take a file's people in from `staged_rows` (see `incoming`).

Staged rows are compared where they stand: a row that says nothing new costs no copy of itself.
`incoming_known` holds only those rows that mean somebody or a family that is known already.
"""

from sqlalchemy import text

# A small file goes to the indexes row by row; a large one reads each table once. The planner can't
# tell which it is: it knows nothing of rows that were written a moment ago.
PLAN_SMALL = (
    text("SET LOCAL enable_hashjoin = off"),
    text("SET LOCAL enable_mergejoin = off"),
    text("SET LOCAL enable_seqscan = off"),
)
PLAN_LARGE = (
    text("SET LOCAL enable_nestloop = off"),
    text("SET LOCAL work_mem = '192MB'"),
)
PLAN_AGAIN = tuple(
    text(f"SET LOCAL {name} = DEFAULT")
    for name in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "enable_nestloop")
)
# Regions are always locked in their order, so that two files never wait for each other.
LOCK_REGIONS = text("""
    SELECT pg_advisory_xact_lock(620010, hashtext(code))
    FROM (SELECT code FROM unnest(CAST(:codes AS text[])) code ORDER BY code) c
""")
_RIGHT = "s.import_id = :import_id AND s.errors = '[]'::jsonb"

CREATE_KNOWN = text("""
    CREATE TEMPORARY TABLE incoming_known (
        row_number integer PRIMARY KEY, person_id uuid, household_id uuid,
        from_region text, is_elsewhere boolean NOT NULL DEFAULT false,
        change text, changed_fields text[], before jsonb, problem text
    ) ON COMMIT DROP
""")
INDEX_KNOWN = text("CREATE INDEX ON incoming_known (person_id)")
_FIND_KNOWN = text(f"""
    INSERT INTO incoming_known (row_number, person_id, household_id, from_region, is_elsewhere)
    SELECT s.row_number, p.id, h.id,
           CASE WHEN h.region_code <> s.region_code THEN h.region_code
                WHEN ph.region_code <> s.region_code THEN ph.region_code END,
           coalesce(h.region_code <> s.region_code, false)
    FROM staged_rows s
    LEFT JOIN households h ON h.kk_index = s.kk_index
    LEFT JOIN persons p ON p.nik_index = s.nik_index
    LEFT JOIN households ph ON ph.id = p.household_id
    WHERE {_RIGHT} AND (h.id IS NOT NULL OR p.id IS NOT NULL OR s.change <> 'new')
""")  # noqa: S608 - of constants of this module
# One of the two has no NIK: the same card, name and birth date make it the same person.
_FIND_BY_CARD_AND_NAME = text(f"""
    UPDATE incoming_known k SET person_id = p.id
    FROM staged_rows s, persons p
    WHERE s.row_number = k.row_number AND {_RIGHT} AND k.person_id IS NULL
      AND p.household_id = k.household_id AND (s.nik_index IS NULL OR p.nik_index IS NULL)
      AND p.name_key = s.name_key AND p.born_on IS NOT DISTINCT FROM s.born_on
""")  # noqa: S608
# A record that was joined to another stays closed, whatever a file still says of it.
_MERGED = text("""
    UPDATE incoming_known k SET problem = 'person_merged'
    FROM persons p WHERE p.id = k.person_id AND p.status = 'merged'
""")
# A NIK copied from somebody else's row must not turn that person into another: where neither a word
# of the name nor the birth date or sex agrees, a person looks at both.
_OF_ANOTHER = text(f"""
    UPDATE incoming_known k SET problem = 'nik_of_another'
    FROM staged_rows s, persons p
    WHERE s.row_number = k.row_number AND {_RIGHT} AND p.id = k.person_id
      AND p.nik_index = s.nik_index AND k.problem IS NULL
      AND NOT string_to_array(p.name_key, ' ') && string_to_array(s.name_key, ' ')
      AND (p.born_on <> s.born_on OR p.sex <> s.sex)
""")  # noqa: S608 - of constants of this module
# A person is written once; of two rows that mean the same person the first one counts.
_TWICE = text("""
    UPDATE incoming_known k SET problem = 'person_twice'
    FROM (SELECT row_number, row_number() OVER (
              PARTITION BY person_id ORDER BY row_number) AS place
          FROM incoming_known WHERE person_id IS NOT NULL) p
    WHERE p.row_number = k.row_number AND p.place > 1
""")
# Who comes from a village that the uploader may not see is for somebody else to settle.
_FROM_OUTSIDE = text("""
    UPDATE incoming_known k
    SET problem = CASE WHEN is_elsewhere THEN 'kk_in_other_village' ELSE 'nik_in_other_village' END
    WHERE from_region IS NOT NULL AND problem IS NULL AND NOT EXISTS (
        SELECT 1 FROM unnest(CAST(:scopes AS text[])) scope
        WHERE k.from_region = scope OR k.from_region LIKE scope || '.%')
""")
_OLD = {
    "nik": ("'ada'", "s.nik_index IS NOT NULL AND p.nik_index IS DISTINCT FROM s.nik_index"),
    "household": ("NULL", "p.household_id <> coalesce(k.household_id, s.household_id)"),
    "name": ("p.name", "p.name <> s.name"),
    "sex": ("p.sex", "p.sex <> s.sex"),
    "born_on": ("p.born_on::text", "p.born_on IS DISTINCT FROM s.born_on"
                " AND s.born_on IS NOT NULL"),
    "birth_place": ("p.birth_place", "p.birth_place IS DISTINCT FROM s.birth_place"
                    " AND s.birth_place IS NOT NULL"),
    "relation": ("p.relation", "p.relation <> s.relation"),
    "marital": ("p.marital", "p.marital IS DISTINCT FROM s.marital AND s.marital IS NOT NULL"),
    "status": ("p.status", "p.status <> s.status"),
    "father_name": ("p.father_name", "p.father_name IS DISTINCT FROM s.father_name"
                    " AND s.father_name IS NOT NULL"),
    "mother_name": ("p.mother_name", "p.mother_name IS DISTINCT FROM s.mother_name"
                    " AND s.mother_name IS NOT NULL"),
    "phone": ("CASE WHEN p.phone_index IS NOT NULL THEN 'ada' END",
              "s.phone_index IS NOT NULL AND p.phone_index IS DISTINCT FROM s.phone_index"),
    "address": ("CASE WHEN h.address_index IS NOT NULL THEN 'ada' END",
                "s.address_index IS NOT NULL AND k.household_id IS NOT NULL"
                " AND h.address_index IS DISTINCT FROM s.address_index"),
    "village": ("k.from_region", "k.from_region IS NOT NULL"),
}  # fmt: skip
_FIELDS = ",\n".join(
    f"CASE WHEN {differs} THEN '{name}' END" for name, (_, differs) in _OLD.items()
)
_PAIRS = ", ".join(f"'{name}', {value}" for name, (value, _) in _OLD.items())
# Fields of a family count with the row that states them, whoever's row that is.
_CHANGES = text(f"""
    UPDATE incoming_known k SET change = c.change, changed_fields = c.fields,
        before = CASE WHEN c.change = 'changed' THEN c.before END
    FROM (
        SELECT d.row_number, d.fields,
               CASE WHEN d.is_new THEN 'new' WHEN d.fields = '{{}}' THEN 'unchanged'
                    ELSE 'changed' END AS change,
               CASE WHEN d.fields <> '{{}}' THEN (
                   SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(d.old) o
                   WHERE o.key = ANY (d.fields)) END AS before
        FROM (
            SELECT k.row_number, p.id IS NULL AS is_new,
                   CASE WHEN p.id IS NULL THEN '{{}}'::text[]
                        ELSE array_remove(ARRAY[{_FIELDS}], NULL) END AS fields,
                   jsonb_build_object({_PAIRS}) AS old
            FROM incoming_known k
            JOIN staged_rows s ON s.row_number = k.row_number AND {_RIGHT}
            LEFT JOIN persons p ON p.id = k.person_id
            LEFT JOIN households h ON h.id = k.household_id
        ) d
    ) c WHERE c.row_number = k.row_number AND k.problem IS NULL
""")  # noqa: S608
ANALYZE_KNOWN = text("ANALYZE incoming_known")
FORGET_KNOWN = text("DROP TABLE incoming_known")
COUNT_KNOWN = text("SELECT count(*) FROM incoming_known")
FIND_KNOWN = (CREATE_KNOWN, INDEX_KNOWN, _FIND_KNOWN, ANALYZE_KNOWN)
COMPARE_KNOWN = (
    _FIND_BY_CARD_AND_NAME,
    ANALYZE_KNOWN,
    _TWICE,
    _MERGED,
    _OF_ANOTHER,
    _FROM_OUTSIDE,
    _CHANGES,
)
# The column that a problem points at is found by `cells`: {"kk": "F", "nik": "G"}.
NOTE_KNOWN = text("""
    UPDATE staged_rows s SET change = k.change, changed_fields = k.changed_fields,
        before = k.before, known_person_id = k.person_id, known_household_id = k.household_id,
        from_region = k.from_region,
        errors = CASE WHEN k.problem IS NULL THEN s.errors ELSE jsonb_build_array(
            jsonb_build_object('code', k.problem, 'cell',
                coalesce(CAST(:cells AS jsonb) ->> split_part(k.problem, '_', 1),
                         CAST(:cells AS jsonb) ->> 'any') || k.row_number)) END
    FROM incoming_known k
    WHERE s.import_id = :import_id AND s.row_number = k.row_number
      AND (k.problem IS NOT NULL
           OR (s.change, s.changed_fields, s.known_person_id, s.known_household_id, s.from_region)
              IS DISTINCT FROM
              (k.change, k.changed_fields, k.person_id, k.household_id, k.from_region))
""")
# A family's number and address stand in its first row: when that row is wrong, the next has them.
HAND_ON = text(f"""
    UPDATE staged_rows s SET
        kk_sealed = coalesce(s.kk_sealed, w.kk_sealed),
        address_index = coalesce(s.address_index, w.address_index),
        address_sealed = CASE WHEN s.address_index IS NULL THEN w.address_sealed
                              ELSE s.address_sealed END
    FROM (
        SELECT wrong.household_id, wrong.kk_sealed, wrong.address_index, wrong.address_sealed,
               min(next.row_number) AS row_number
        FROM staged_rows wrong
        JOIN staged_rows next ON next.import_id = :import_id AND next.errors = '[]'::jsonb
            AND next.household_id = wrong.household_id
        WHERE wrong.import_id = :import_id AND wrong.errors <> '[]'::jsonb
          AND (wrong.kk_sealed IS NOT NULL OR wrong.address_index IS NOT NULL)
        GROUP BY 1, 2, 3, 4
    ) w WHERE s.row_number = w.row_number AND {_RIGHT}
""")  # noqa: S608
KEEP_MISSING = (
    text("DELETE FROM staged_missing WHERE import_id = :import_id"),
    text("""
        INSERT INTO staged_missing (import_id, person_id, region_code, name)
        SELECT :import_id, p.id, h.region_code, p.name
        FROM households h JOIN persons p ON p.household_id = h.id
        WHERE h.region_code = ANY (CAST(:villages AS text[])) AND p.status = 'alive'
          AND NOT EXISTS (SELECT 1 FROM incoming_known k WHERE k.person_id = p.id)
    """),
)
COUNT_LIVING = text("""
    SELECT count(*) FROM households h JOIN persons p ON p.household_id = h.id
    WHERE h.region_code = ANY (CAST(:villages AS text[])) AND p.status = 'alive'
""")

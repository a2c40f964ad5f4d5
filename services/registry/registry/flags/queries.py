"""Every statement about flags."""

from sqlalchemy import bindparam, func, select, text, update

from registry.flags.tables import flags

# Families that a list may not be fixed with, as SQL to join with: one column, household_id. A flag
# of a person holds up the family where that person is now.
OPEN_BLOCKING_HOUSEHOLDS = """
    SELECT f.subject_id AS household_id FROM flags f
    WHERE f.subject_kind = 'household' AND f.severity = 'blocking' AND f.cleared_at IS NULL
    UNION
    SELECT p.household_id FROM flags f JOIN persons p ON p.id = f.subject_id
    WHERE f.subject_kind = 'person' AND f.severity = 'blocking' AND f.cleared_at IS NULL
"""
OPEN_BLOCKING_OF = text(f"""
    SELECT household_id FROM ({OPEN_BLOCKING_HOUSEHOLDS}) b
    WHERE household_id = ANY(:household_ids)
""")  # noqa: S608
OPEN_BLOCKING_IN = text("""
    SELECT count(*) FROM flags
    WHERE region_code LIKE :region_prefix AND severity = 'blocking' AND cleared_at IS NULL
""")
# Whose data are restricted is not told beside a flag either.
_NAME = """CASE WHEN NOT EXISTS (
    SELECT 1 FROM flags r WHERE r.subject_id IN (p.id, p.household_id) AND r.kind = 'restricted'
    AND r.cleared_at IS NULL) THEN p.name END"""
_HEAD_NAME = _NAME.replace("p.", "m.")
_OF_HOUSEHOLD = f"""
    SELECT f.*, {_NAME} AS person_name FROM flags f
    LEFT JOIN persons p ON p.id = f.subject_id AND f.subject_kind = 'person'
    WHERE (f.subject_id = :household_id
           OR f.subject_id IN (SELECT id FROM persons WHERE household_id = :household_id))
"""  # noqa: S608
_OPEN_FIRST = """
    ORDER BY (f.cleared_at IS NOT NULL), (f.severity <> 'blocking'), f.raised_at DESC, f.id
    LIMIT 100
"""
OPEN_OF_HOUSEHOLD = text(f"{_OF_HOUSEHOLD} AND f.cleared_at IS NULL {_OPEN_FIRST}")
OF_HOUSEHOLD = text(f"{_OF_HOUSEHOLD} {_OPEN_FIRST}")
FLAG = select(flags).where(flags.c.id == bindparam("flag_id"))
LOCK = FLAG.with_for_update()
# One row for each open flag of the same subject, kind and source: the first one stays.
RAISE = text("""
    INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind, severity,
                       source, source_on, import_id, note, is_by_hand, raised_by, raised_by_name)
    SELECT n.id, n.subject_kind, n.subject_id, n.household_id, n.region_code, n.kind, n.severity,
           n.source, n.source_on, n.import_id, n.note, n.is_by_hand, :raised_by, :raised_by_name
    FROM jsonb_to_recordset(CAST(:flags AS jsonb)) AS n (
        id uuid, subject_kind text, subject_id uuid, household_id uuid, region_code text,
        kind text, severity text, source text, source_on date, import_id uuid, note text,
        is_by_hand boolean)
    ON CONFLICT (subject_id, kind, source) WHERE cleared_at IS NULL DO NOTHING
    RETURNING id
""")
CLEAR = (
    update(flags)
    .where(flags.c.id == bindparam("flag_id"))
    .values(
        cleared_by=bindparam("person"),
        cleared_by_name=bindparam("person_name"),
        cleared_at=func.clock_timestamp(),
        clear_reason=bindparam("reason"),
    )
)
CLEAR_OF_SUBJECTS = text("""
    UPDATE flags SET cleared_by = :person, cleared_by_name = :person_name,
        cleared_at = clock_timestamp(), clear_reason = :reason
    WHERE subject_id = ANY(:subject_ids) AND kind = :kind AND cleared_at IS NULL
      AND (CAST(:source AS text) IS NULL OR source = :source)
    RETURNING id
""")
_IN_SCOPES = """
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE f.region_code LIKE s || '%')
"""
COUNTS = text(f"""
    SELECT f.kind, f.severity, count(*) AS flags FROM flags f
    WHERE f.cleared_at IS NULL AND {_IN_SCOPES}
    GROUP BY f.kind, f.severity ORDER BY (f.severity <> 'blocking'), 3 DESC, 1
""")  # noqa: S608
LISTED = text(f"""
    SELECT f.*, {_NAME} AS person_name, p.household_id AS person_household_id,
           h.name AS head_name
    FROM flags f
    LEFT JOIN persons p ON p.id = f.subject_id AND f.subject_kind = 'person'
    LEFT JOIN LATERAL (
        SELECT {_HEAD_NAME} AS name FROM persons m
        WHERE m.household_id = coalesce(p.household_id, f.household_id)
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (relation = 'head') DESC,
                 (status = 'alive') DESC, born_on, id LIMIT 1) h ON true
    WHERE {_IN_SCOPES}
      AND (:kind = '' OR f.kind = :kind)
      AND (:severity = '' OR f.severity = :severity)
      AND (f.cleared_at IS NOT NULL) = :is_cleared
      AND (CAST(:after AS uuid) IS NULL OR f.id < :after)
    ORDER BY f.id DESC LIMIT :rows
""")  # noqa: S608
PLACE_OF_PERSON = text("""
    SELECT p.household_id, h.region_code FROM persons p
    JOIN households h ON h.id = p.household_id WHERE p.id = :subject_id
""")
PLACE_OF_HOUSEHOLD = text("""
    SELECT id AS household_id, region_code FROM households WHERE id = :subject_id
""")
# Whoever is restricted is not to be chosen here.
MEMBERS = text(f"""
    SELECT p.id, p.name FROM persons p
    WHERE p.household_id = :household_id AND p.status <> 'merged' AND {_NAME} IS NOT NULL
    ORDER BY (p.relation <> 'head'), p.born_on, p.id LIMIT 100
""")  # noqa: S608

"""Every statement about uploaded files and their rows."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.intake.tables import import_batches, import_pieces, staged_rows
from registry.people.queries import IS_RESTRICTED

_b = import_batches.c
INSERT_BATCH = insert(import_batches)
INSERT_PIECE = insert(import_pieces)
BATCH = select(import_batches).where(_b.id == bindparam("import_id"))
LOCK_BATCH = BATCH.with_for_update()
SAME_FILE_BEFORE = (
    select(_b.id, _b.uploaded_at, _b.state)
    .where(_b.sha256 == bindparam("sha256"))
    .where(_b.region_code == bindparam("region_code"))
    .where(_b.id != bindparam("import_id"))
    .where(_b.state == "committed")
    .order_by(_b.uploaded_at)
    .limit(1)
)
BATCHES = text("""
    SELECT b.id, b.region_code, b.file_name, b.layout, b.state, b.counts, b.failure_code,
           b.uploaded_by_name, b.uploaded_at, b.committed_at
    FROM import_batches b
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s
                  WHERE b.region_code LIKE s || '%')
      AND (CAST(:before AS uuid) IS NULL OR b.id < :before)
    ORDER BY b.id DESC LIMIT :rows
""")
PIECES = (
    select(import_pieces.c.content)
    .where(import_pieces.c.import_id == bindparam("import_id"))
    .order_by(import_pieces.c.position)
)
STAGED = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="staged",
        layout=bindparam("layout_name"),
        about=bindparam("about_file"),
        counts=bindparam("row_counts"),
        villages=bindparam("village_codes"),
        staged_at=func.clock_timestamp(),
    )
)
ASK_COMMIT = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state=bindparam("next_state"),
        committed_by=bindparam("person"),
        committed_by_name=bindparam("person_name"),
        second_reasons=bindparam("reasons"),
        confirmed_by=None,
        confirmed_by_name=None,
        confirmed_at=None,
    )
)
CONFIRM = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="committing",
        confirmed_by=bindparam("person"),
        confirmed_by_name=bindparam("person_name"),
        confirmed_at=func.clock_timestamp(),
    )
)
GO_ON_COMMITTING = (
    update(import_batches).where(_b.id == bindparam("import_id")).values(state="committing")
)
BACK_TO_CONFIRMING = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="confirming",
        second_reasons=bindparam("reasons"),
        counts=bindparam("row_counts"),
    )
)
SOURCE_VILLAGES = text("""
    SELECT from_region FROM staged_rows
    WHERE import_id = :import_id AND errors = '[]'::jsonb AND from_region IS NOT NULL
    GROUP BY from_region ORDER BY from_region
""")
COMMITTED = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="committed",
        counts=bindparam("row_counts"),
        committed_at=func.clock_timestamp(),
    )
)
WITHDRAW = update(import_batches).where(_b.id == bindparam("import_id")).values(state="withdrawn")
REFUSE = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="refused",
        failure_code=bindparam("code"),
        failure_facts=bindparam("facts"),
    )
)
# A commit that can't be done leaves the file as it was: checked, and ready for another try.
BACK_TO_STAGED = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .where(_b.state == "committing")
    .values(state="staged")
)
FORGET_ROWS = text("DELETE FROM staged_rows WHERE import_id = :import_id")
# A file's rows are staged in one transaction and lost together: one that is there stands for all.
ARE_STAGED = text("SELECT EXISTS (SELECT FROM staged_rows WHERE import_id = :import_id)")
WRONG_ROWS = (
    select(staged_rows.c.row_number, staged_rows.c.errors)
    .where(staged_rows.c.import_id == bindparam("import_id"))
    .where(staged_rows.c.errors != text("'[]'::jsonb"))
    .where(staged_rows.c.row_number > bindparam("after"))
    .order_by(staged_rows.c.row_number)
    .limit(bindparam("rows"))
)
# Rows with something to say about them: errors, and notes that stop nothing.
MARKED_ROWS = (
    select(staged_rows.c.row_number, staged_rows.c.errors, staged_rows.c.warnings)
    .where(staged_rows.c.import_id == bindparam("import_id"))
    .where(text("(errors <> '[]'::jsonb OR warnings <> '[]'::jsonb)"))
    .order_by(staged_rows.c.row_number)
    .limit(bindparam("rows"))
)
PROBLEM_COUNTS = text("""
    SELECT kind, problem ->> 'code' AS code, count(*) AS rows,
           array_to_string((array_agg(problem ->> 'cell' ORDER BY row_number))[1:3], ', ')
               || CASE WHEN count(*) > 3 THEN ', …' ELSE '' END AS examples,
           min(problem ->> 'what') AS what
    FROM (
        SELECT 'error' AS kind, row_number, jsonb_array_elements(errors) AS problem
        FROM staged_rows WHERE import_id = :import_id AND errors <> '[]'::jsonb
        UNION ALL
        SELECT 'warning', row_number, jsonb_array_elements(warnings)
        FROM staged_rows WHERE import_id = :import_id AND warnings <> '[]'::jsonb
    ) p GROUP BY kind, problem ->> 'code' ORDER BY kind, rows DESC
""")
COUNTS = text("""
    SELECT coalesce(sum(rows), 0)::bigint AS rows,
           coalesce(sum(rows) FILTER (WHERE NOT is_right), 0)::bigint AS errors,
           coalesce(sum(rows) FILTER (WHERE is_right AND is_odd), 0)::bigint AS warnings,
           coalesce(sum(rows) FILTER (WHERE is_right AND change = 'new'), 0)::bigint AS new,
           coalesce(sum(rows) FILTER (WHERE is_right AND change = 'changed'), 0)::bigint AS changed,
           coalesce(sum(rows) FILTER (WHERE is_right AND change = 'unchanged'), 0)::bigint
               AS unchanged,
           coalesce(sum(rows) FILTER (WHERE is_right AND change = 'unmatched'), 0)::bigint
               AS unmatched,
           coalesce(sum(moves) FILTER (WHERE is_right), 0)::bigint AS moves,
           coalesce(sum(households) FILTER (WHERE is_right), 0)::bigint AS households,
           (SELECT count(*) FROM staged_missing WHERE import_id = :import_id) AS missing
    FROM (SELECT errors = '[]'::jsonb AS is_right, warnings <> '[]'::jsonb AS is_odd, change,
                 count(*) AS rows, count(from_region) AS moves, count(kk_sealed) AS households
          FROM staged_rows WHERE import_id = :import_id GROUP BY 1, 2, 3) kinds
""")
ASK_UNDO = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(
        state="undoing",
        undone_by=bindparam("person"),
        undone_by_name=bindparam("person_name"),
        undo_reason=bindparam("reason"),
    )
)
UNDONE = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(state="undone", undone_at=func.clock_timestamp())
)
BACK_TO_COMMITTED = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .where(_b.state == "undoing")
    .values(state="committed", undone_by=None, undone_by_name=None, undo_reason=None)
)
# Later files that rest on what this one says: they have to be undone first.
BUILT_UPON = text("""
    SELECT b.id, b.file_name, b.committed_at
    FROM import_batches mine
    JOIN import_batches b ON b.id <> mine.id AND b.state IN ('committed', 'undoing')
        AND b.committed_at > mine.committed_at
    WHERE mine.id = :import_id AND (
        b.villages && mine.villages
        OR (mine.villages = '{}' AND b.villages = '{}' AND b.layout = mine.layout
            AND b.about ->> 'roster' IS NOT DISTINCT FROM mine.about ->> 'roster'
            AND (b.region_code LIKE mine.region_code || '%'
                 OR mine.region_code LIKE b.region_code || '%'))
        OR (b.villages = '{}' AND EXISTS (
            SELECT 1 FROM facts f JOIN households h ON h.id = f.household_id
            WHERE f.import_id = b.id AND h.import_id = mine.id)))
    ORDER BY b.committed_at
""")
# Of somebody whose data may not be used, what was known before is not shown.
CHANGES = text(f"""
    SELECT row_number, name, change, changed_fields, region_code, from_region,
           sex, born_on, birth_place, relation, marital, status, father_name, mother_name,
           fact_value AS fact,
           CASE WHEN EXISTS (SELECT 1 FROM persons p WHERE p.id = known_person_id
                             AND {IS_RESTRICTED}) THEN NULL ELSE before END AS before
    FROM staged_rows
    WHERE import_id = :import_id AND errors = '[]'::jsonb AND change = :change
      AND row_number > :after
    ORDER BY row_number LIMIT :rows
""")  # noqa: S608
MISSING = text(f"""
    SELECT m.person_id, CASE WHEN p.id IS NULL OR NOT {IS_RESTRICTED} THEN m.name END AS name,
           m.region_code, p.household_id
    FROM staged_missing m LEFT JOIN persons p ON p.id = m.person_id
    WHERE m.import_id = :import_id
      AND (CAST(:after AS uuid) IS NULL OR m.person_id > CAST(:after AS uuid))
    ORDER BY m.person_id LIMIT :rows
""")  # noqa: S608

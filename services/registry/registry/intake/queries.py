"""Every statement about uploaded files and their rows."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.intake.tables import import_batches, import_pieces, staged_rows

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
COUNT_ROWS = text("SELECT count(*) FROM staged_rows WHERE import_id = :import_id")
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
CHANGED_ROWS = (
    select(
        staged_rows.c.row_number,
        staged_rows.c.name,
        staged_rows.c.change,
        staged_rows.c.changed_fields,
    )
    .where(staged_rows.c.import_id == bindparam("import_id"))
    .where(staged_rows.c.change.in_(("new", "changed")))
    .order_by(staged_rows.c.change, staged_rows.c.row_number)
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
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE errors <> '[]'::jsonb) AS errors,
           count(*) FILTER (WHERE warnings <> '[]'::jsonb AND errors = '[]'::jsonb) AS warnings,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND change = 'new') AS new,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND change = 'changed') AS changed,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND change = 'unchanged') AS unchanged,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND change = 'unmatched') AS unmatched,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND from_region IS NOT NULL) AS moves,
           count(*) FILTER (WHERE errors = '[]'::jsonb AND kk_sealed IS NOT NULL) AS households,
           (SELECT count(*) FROM staged_missing WHERE import_id = :import_id) AS missing
    FROM staged_rows WHERE import_id = :import_id
""")

"""The set-based statements that count how far each village is."""

from sqlalchemy import text

from registry.reports.rules import MEASURES

SOURCES = (
    "persons",
    "households",
    "current_decisions",
    "flags",
    "enrolments",
    "import_batches",
)
# The server's own counters of writes: while they stand still there is nothing to count anew. They
# may lag behind a commit by a second, and are then different the next time.
MARKER = text("""
    SELECT string_agg(concat_ws(':', relname, n_tup_ins + n_tup_upd + n_tup_del), ' '
                      ORDER BY relname)
    FROM pg_stat_user_tables WHERE relname = ANY(:sources)
""")
LAST_REFRESH = text("SELECT marker, took_ms, refreshed_at FROM progress_refreshes")
NOTE_REFRESH = text("""
    INSERT INTO progress_refreshes (id, marker, took_ms, refreshed_at)
    VALUES (1, :marker, :took_ms, :refreshed_at)
    ON CONFLICT (id) DO UPDATE SET marker = excluded.marker, took_ms = excluded.took_ms,
        refreshed_at = excluded.refreshed_at
""")
LOCK = text("SELECT pg_try_advisory_xact_lock(620012)")

# A family is complete when it has a living head and everyone alive in it has a NIK and a birth
# date; checked when, besides, no flag is open on it; decided when the criteria of a running cycle
# gave an answer; approved when it is enrolled in a running cycle.
_COUNTED = """
    WITH families AS (
        SELECT household_id,
               count(*) FILTER (WHERE status = 'alive') AS persons,
               coalesce(bool_and(nik_index IS NOT NULL AND born_on IS NOT NULL)
                            FILTER (WHERE status = 'alive'), false)
                   AND coalesce(bool_or(relation = 'head' AND status = 'alive'), false) AS whole
        FROM persons GROUP BY household_id
    ), flagged AS (
        SELECT DISTINCT household_id FROM flags WHERE cleared_at IS NULL
    ), decided AS (
        SELECT household_id FROM current_decisions c JOIN cycles y ON y.id = c.cycle_id
        WHERE y.closes_on >= :today AND c.outcome <> 'needs_review' GROUP BY household_id
    ), approved AS (
        SELECT household_id FROM enrolments e JOIN cycles y ON y.id = e.cycle_id
        WHERE y.closes_on >= :today AND (e.ended_at IS NULL OR e.ended_at > now())
        GROUP BY household_id
    ), counted AS (
        SELECT h.region_code, count(*) AS families,
               count(*) FILTER (WHERE f.whole) AS complete,
               count(*) FILTER (WHERE f.whole AND g.household_id IS NULL) AS checked,
               count(g.household_id) AS flagged, count(d.household_id) AS decided,
               count(a.household_id) AS approved, coalesce(sum(f.persons), 0) AS persons
        FROM households h
        JOIN families f ON f.household_id = h.id AND f.persons > 0
        LEFT JOIN flagged g ON g.household_id = h.id
        LEFT JOIN decided d ON d.household_id = h.id
        LEFT JOIN approved a ON a.household_id = h.id
        GROUP BY h.region_code
    ), files AS (
        SELECT region_code, count(*) AS files, max(committed_at) AS last_import_at
        FROM import_batches WHERE state = 'committed' GROUP BY region_code
    )
"""
COUNT_VILLAGES = text(f"""
    {_COUNTED}
    INSERT INTO village_progress (region_code, {", ".join(MEASURES)}, last_import_at)
    SELECT r.code, coalesce(c.families, 0), coalesce(c.complete, 0), coalesce(c.checked, 0),
           coalesce(c.flagged, 0), coalesce(c.decided, 0), coalesce(c.approved, 0),
           coalesce(c.persons, 0), coalesce(f.files, 0), f.last_import_at
    FROM regions r LEFT JOIN counted c ON c.region_code = r.code
    LEFT JOIN files f ON f.region_code = r.code
    WHERE r.level = 'village'
    ON CONFLICT (region_code) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in MEASURES)},
        last_import_at = excluded.last_import_at
""")  # noqa: S608 - the names are this module's own
NOTE_DAY = text(f"""
    INSERT INTO progress_days (day, region_code, {", ".join(MEASURES)})
    SELECT :today, left(region_code, 5), {", ".join(f"sum({name})" for name in MEASURES)}
    FROM village_progress GROUP BY left(region_code, 5)
    ON CONFLICT (day, region_code) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in MEASURES)}
""")  # noqa: S608

"""Every statement about what other programmes report, and what people decide about it."""

from sqlalchemy import bindparam, insert, select, text

from registry.dci.tables import received_batches, received_rows
from registry.people.queries import IS_RESTRICTED, SHOWN_HEAD

RECEIVE_BATCH = insert(received_batches)
RECEIVE_ROWS = insert(received_rows)
_WAITING = """
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s
            WHERE r.region_code = s OR r.region_code LIKE s || '.%')
"""
BATCHES = text(f"""
    SELECT b.id, b.agency_name, b.received_at,
           count(*) FILTER (WHERE r.state = 'waiting') AS waiting,
           count(*) FILTER (WHERE r.state = 'taken') AS taken,
           count(*) FILTER (WHERE r.state = 'refused') AS refused
    FROM received_batches b JOIN received_rows r ON r.batch_id = b.id
    WHERE {_WAITING}
    GROUP BY b.id ORDER BY (count(*) FILTER (WHERE r.state = 'waiting') > 0) DESC,
             b.received_at DESC LIMIT 100
""")  # noqa: S608
BATCH = select(received_batches).where(received_batches.c.id == bindparam("batch"))
ROWS_OF_BATCH = text(f"""
    SELECT r.row_number, r.household_id, r.region_code, r.roster_code, r.value, r.since, r.state,
           r.decided_by_name, r.decided_at, r.reason, h.name AS head_name,
           CASE WHEN NOT {IS_RESTRICTED} THEN p.name END AS person_name
    FROM received_rows r
    LEFT JOIN persons p ON p.id = r.subject_id
    {SHOWN_HEAD.format(household="r.household_id")}
    WHERE r.batch_id = :batch AND {_WAITING} ORDER BY r.row_number LIMIT 500
""")  # noqa: S608
LEFT_OUT = text("""
    SELECT state, fault, count(*) AS rows FROM received_rows
    WHERE batch_id = :batch AND state IN ('unknown', 'unusable') GROUP BY 1, 2 ORDER BY 3 DESC
""")
DECIDE_ROWS = text(f"""
    UPDATE received_rows r SET state = :state, decided_by = :person,
        decided_by_name = :person_name, decided_at = now(), reason = :reason
    WHERE r.batch_id = :batch AND r.state = 'waiting' AND {_WAITING}
    RETURNING r.household_id, r.subject_id, r.region_code, r.roster_code, r.value, r.since
""")  # noqa: S608
# The newest word of one batch about one subject counts; the source says who told us.
PUT_FACTS = text("""
    INSERT INTO facts (household_id, subject_id, code, value, period, valid_from, valid_to, source,
                       import_id)
    SELECT DISTINCT ON (r.subject_id, r.roster_code, r.since)
        r.household_id, r.subject_id, 'roster.' || r.roster_code, r.value,
        to_char(r.since, 'YYYY-MM-DD'), r.since,
        CAST(r.since + make_interval(days => :fact_days) AS date), b.agency_name, b.id
    FROM received_rows r JOIN received_batches b ON b.id = r.batch_id
    WHERE r.batch_id = :batch AND r.state = 'taken' AND r.decided_by = :person
      AND r.subject_id = ANY(:subjects)
    ORDER BY r.subject_id, r.roster_code, r.since, r.row_number DESC
    ON CONFLICT DO NOTHING
""")

"""The set-based statements that count how far a cycle is."""

from sqlalchemy import text

SOURCES = (
    "entitlements", "grants", "adjustments", "redemptions", "reversals", "payment_instructions",
    "household_regions", "enrolments",
)  # fmt: skip
# The server's own counters of writes: while they stand still there is nothing to count anew. They
# may lag behind a commit by a second, and are then different the next time.
MARKER = text("""
    SELECT string_agg(concat_ws(':', relname, n_tup_ins + n_tup_upd + n_tup_del), ' '
                      ORDER BY relname)
    FROM pg_stat_user_tables WHERE relname = ANY(:sources)
""")
LAST_COUNT = text("SELECT marker, took_ms, counted_at FROM cycle_counts")
NOTE_COUNT = text("""
    INSERT INTO cycle_counts (id, marker, took_ms, counted_at)
    VALUES (1, :marker, :took_ms, :counted_at)
    ON CONFLICT (id) DO UPDATE SET marker = excluded.marker, took_ms = excluded.took_ms,
        counted_at = excluded.counted_at
""")
LOCK = text("SELECT pg_try_advisory_xact_lock(620030)")
# Those that run or ended not long ago, and any that was never counted.
CYCLES_TO_COUNT = text("""
    SELECT c.id FROM cycles c
    WHERE c.closes_on >= CAST(:since AS date)
       OR NOT EXISTS (SELECT 1 FROM cycle_villages v WHERE v.cycle_id = c.id)
    ORDER BY c.id
""")
FORGET_VILLAGES = text("DELETE FROM cycle_villages WHERE cycle_id = :cycle_id")
FORGET_DAYS = text("DELETE FROM cycle_days WHERE cycle_id = :cycle_id")

# What was taken of rights: at a counter and not undone, or by a bank that says it has paid.
_TAKEN = """
    SELECT d.household_id, d.benefit_id, d.subject_id, d.quantity, d.amount_rupiah,
           left(d.region_code, 5) AS regency, d.redeemed_at AS at
    FROM redemptions d
    WHERE d.cycle_id = :cycle_id AND NOT EXISTS (
        SELECT 1 FROM reversals v WHERE v.redemption_id = d.id AND v.household_id = d.household_id)
    UNION ALL
    SELECT p.household_id, p.benefit_id, p.subject_id, p.quantity, p.amount_rupiah,
           left(coalesce(c.region_code, '62'), 5), i.outcome_at
    FROM payment_instructions i
    JOIN payouts p ON p.id = i.payout_id AND p.household_id = i.household_id
    LEFT JOIN cards c ON c.card_id = i.card_id
    WHERE i.cycle_id = :cycle_id AND i.state = 'paid'
"""
# A right of an enrolment that ended counts as one only where something was taken under it. Who
# has used all of it has collected, whatever else took the rest away later.
COUNT_VILLAGES = text(f"""
    WITH places AS MATERIALIZED (
        SELECT m.household_id, coalesce(min(r.region_code), min(m.region_code)) AS region_code
        FROM enrolments m JOIN beneficiary_lists l ON l.id = m.list_id
        LEFT JOIN household_regions r ON r.household_id = m.household_id
        WHERE l.cycle_id = :cycle_id GROUP BY m.household_id
    ), used AS MATERIALIZED (
        SELECT t.household_id, t.benefit_id, t.subject_id, sum(t.quantity) AS quantity,
               sum(t.amount_rupiah) AS rupiah
        FROM ({_TAKEN}) t GROUP BY 1, 2, 3
    ), added AS MATERIALIZED (
        SELECT household_id, benefit_id, subject_id, sum(amount_rupiah) AS rupiah
        FROM adjustments WHERE cycle_id = :cycle_id GROUP BY 1, 2, 3
    ), rights AS (
        SELECT e.benefit_id, coalesce(p.region_code, '62') AS region_code,
               coalesce(u.quantity, 0) > 0 OR coalesce(u.rupiah, 0) > 0 AS is_used,
               e.remaining_quantity = 0 AND e.remaining_rupiah = 0 AS is_empty,
               e.standing <> 'ended' OR e.ends_at > now() AS is_held,
               coalesce(e.leased_until > now(), false) AS is_leased,
               coalesce(g.amount_rupiah, 0) + coalesce(a.rupiah, 0) AS granted_rupiah,
               coalesce(u.rupiah, 0) AS rupiah
        FROM entitlements e
        LEFT JOIN grants g USING (household_id, cycle_id, benefit_id, subject_id)
        LEFT JOIN used u USING (household_id, benefit_id, subject_id)
        LEFT JOIN added a USING (household_id, benefit_id, subject_id)
        LEFT JOIN places p USING (household_id)
        WHERE e.cycle_id = :cycle_id
    )
    INSERT INTO cycle_villages (cycle_id, benefit_id, region_code, entitled, collected, begun,
                                leased, entitled_rupiah, collected_rupiah)
    SELECT :cycle_id, benefit_id, region_code, count(*),
           count(*) FILTER (WHERE is_used AND is_empty),
           count(*) FILTER (WHERE is_used AND NOT is_empty),
           count(*) FILTER (WHERE is_leased AND NOT (is_used AND is_empty)),
           sum(granted_rupiah), sum(rupiah)
    FROM rights WHERE is_held OR is_used GROUP BY benefit_id, region_code
""")  # noqa: S608 - every part is written here
COUNT_DAYS = text(f"""
    INSERT INTO cycle_days (cycle_id, benefit_id, region_code, day, acts, rupiah)
    SELECT :cycle_id, t.benefit_id, t.regency, CAST(t.at AT TIME ZONE 'Asia/Jakarta' AS date),
           count(*), sum(t.amount_rupiah)
    FROM ({_TAKEN}) t GROUP BY 2, 3, 4
""")  # noqa: S608

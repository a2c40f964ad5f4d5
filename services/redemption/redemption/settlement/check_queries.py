"""The SQL statements that hold settlements and payments against the ledger."""

from sqlalchemy import text

# A settlement whose sums are not those of its lines.
SUMS = text("""
    SELECT s.id, s.owed_rupiah, s.lines, coalesce(l.rupiah, 0) AS found_rupiah,
           coalesce(l.lines, 0) AS found_lines
    FROM settlements s LEFT JOIN (
        SELECT settlement_id, count(*) AS lines, sum(amount_rupiah)::bigint AS rupiah,
               bool_or(is_withdrawn) AS is_withdrawn
        FROM settlement_lines GROUP BY settlement_id) l ON l.settlement_id = s.id
    WHERE (s.owed_rupiah, s.lines, s.state = 'withdrawn')
          IS DISTINCT FROM (l.rupiah, l.lines::integer, l.is_withdrawn)
    ORDER BY s.id LIMIT :rows
""")
# A line of a settlement that the ledger does not have, or not like this, or not of this partner.
STRANGE = text("""
    SELECT l.settlement_id, l.kind, l.line_id, l.amount_rupiah, p.amount_rupiah AS ledger_rupiah
    FROM settlement_lines l JOIN settlements s ON s.id = l.settlement_id
    LEFT JOIN partner_lines p ON p.line_id = l.line_id AND p.kind = l.kind
    WHERE (l.amount_rupiah, l.quantity, l.at, s.partner_id)
          IS DISTINCT FROM (p.amount_rupiah, p.quantity, p.at, p.partner_id)
    ORDER BY l.settlement_id, l.line_id LIMIT :rows
""")
# A line of a period that was settled, and which is in no settlement; also a debt that the next one
# passed over.
MISSING = text("""
    SELECT p.partner_id, p.kind, p.line_id, p.at, p.amount_rupiah FROM partner_lines p
    JOIN (SELECT partner_id, max(until) AS until FROM settlements
          WHERE state <> 'withdrawn' GROUP BY partner_id) s ON s.partner_id = p.partner_id
    WHERE p.at < s.until AND NOT EXISTS (
        SELECT 1 FROM settlement_lines l
        WHERE l.line_id = p.line_id AND l.kind = p.kind AND NOT l.is_withdrawn)
    ORDER BY p.at LIMIT :rows
""")
# Two lines for one, which the index rules out.
TWICE = text("""
    SELECT kind, line_id, count(*) AS times FROM settlement_lines WHERE NOT is_withdrawn
    GROUP BY kind, line_id HAVING count(*) > 1 LIMIT :rows
""")
# An order for a partner that is not what its settlement says, or a second one that was paid.
PAYMENTS = text("""
    SELECT i.id, i.matter_id, i.amount_rupiah, i.state, s.owed_rupiah, s.state AS settlement_state
    FROM payment_instructions i LEFT JOIN settlements s ON s.id = i.matter_id
    WHERE i.partner_id IS NOT NULL AND i.state <> 'withdrawn'
      AND (s.id IS NULL OR s.state <> 'approved' OR s.owed_rupiah <> i.amount_rupiah
           OR s.partner_id <> i.partner_id
           OR 1 < (SELECT count(*) FROM payment_instructions o
                   WHERE o.matter_id = i.matter_id AND o.state IN ('waiting', 'paid')))
    ORDER BY i.id LIMIT :rows
""")
# An order for a family beside the ledger's line that holds the right: taken while it waits or is
# paid, given back when it failed or was withdrawn.
CASH = text("""
    SELECT i.id, i.state, i.amount_rupiah, p.amount_rupiah AS ledger_rupiah,
           r.payout_id IS NOT NULL AS is_returned
    FROM payment_instructions i
    LEFT JOIN payouts p ON (p.id, p.household_id) = (i.payout_id, i.household_id)
    LEFT JOIN payout_returns r ON (r.payout_id, r.household_id) = (p.id, p.household_id)
    WHERE i.household_id IS NOT NULL
      AND (p.amount_rupiah IS DISTINCT FROM i.amount_rupiah
           OR (i.state IN ('failed', 'withdrawn')) <> (r.payout_id IS NOT NULL))
    ORDER BY i.id LIMIT :rows
""")
BATCHES = text("""
    SELECT b.id, b.total_rupiah, sum(i.amount_rupiah)::bigint AS found_rupiah
    FROM payment_batches b LEFT JOIN payment_instructions i ON i.batch_id = b.id
    GROUP BY b.id HAVING (b.total_rupiah, b.lines)
        IS DISTINCT FROM (sum(i.amount_rupiah)::bigint, count(i.id)::integer)
    ORDER BY b.id LIMIT :rows
""")
# A run that is not the sum of its files, or one of whose files was decided otherwise.
RUNS = text("""
    SELECT r.id, r.state, r.files, r.total_rupiah, count(b.id) AS found_files,
           coalesce(sum(b.total_rupiah), 0)::bigint AS found_rupiah
    FROM payment_runs r LEFT JOIN payment_batches b ON b.run_id = r.id
    GROUP BY r.id HAVING (r.files, r.lines, r.total_rupiah)
        IS DISTINCT FROM (count(b.id)::integer, coalesce(sum(b.lines), 0)::integer,
                          coalesce(sum(b.total_rupiah), 0)::bigint)
        OR (r.state IN ('approved', 'withdrawn') AND bool_or(b.state <> r.state))
    ORDER BY r.id LIMIT :rows
""")
# Everything there is, in three sums that must agree: settled and open make the ledger.
WHOLE = text("""
    SELECT count(*) AS lines, coalesce(sum(p.amount_rupiah), 0)::bigint AS ledger_rupiah,
           coalesce(sum(p.amount_rupiah) FILTER (WHERE l.line_id IS NOT NULL), 0)::bigint
               AS settled_rupiah,
           coalesce(sum(p.amount_rupiah) FILTER (WHERE l.line_id IS NULL), 0)::bigint
               AS open_rupiah,
           count(*) FILTER (WHERE l.line_id IS NULL) AS open_lines,
           (SELECT count(*) FROM settlements WHERE state <> 'withdrawn') AS settlements,
           (SELECT coalesce(sum(s.amount_rupiah), 0)::bigint FROM settlement_lines s
            WHERE NOT s.is_withdrawn AND s.kind <> 'carried') AS in_settlements_rupiah,
           (SELECT coalesce(sum(i.amount_rupiah), 0)::bigint FROM payment_instructions i
            WHERE i.partner_id IS NOT NULL AND i.state = 'paid') AS paid_rupiah
    FROM partner_lines p
    LEFT JOIN settlement_lines l
        ON l.line_id = p.line_id AND l.kind = p.kind AND NOT l.is_withdrawn
    WHERE p.kind <> 'carried'
""")

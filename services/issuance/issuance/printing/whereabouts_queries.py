"""Every SQL statement about where cards are, and which batches wait too long."""

from sqlalchemy import text

from issuance.printing.queries import IN_REGION

WAITING_STATES = ("ordered", "signed", "in_print", "printed", "at_desk", "handed_over", "blocked")
_WAITING = ", ".join(f"'{state}'" for state in WAITING_STATES)
# How many cards of each region are in each state, and since when the oldest that waits.
WHERE_CARDS_ARE = text(f"""
    WITH here AS (
        SELECT left(c.region_code, :width) AS region_code, c.state, c.card_id, c.version
        FROM cards c WHERE {IN_REGION})
    SELECT region_code, state, count(*) AS cards, CAST(NULL AS timestamptz) AS oldest
    FROM here WHERE state = 'active' GROUP BY 1, 2
    UNION ALL
    SELECT h.region_code, h.state, count(*), min(l.at)
    FROM here h JOIN card_changes l USING (card_id, version)
    WHERE h.state IN ({_WAITING}) GROUP BY 1, 2
    ORDER BY 1, 2
""")  # noqa: S608 - constants of the code
OVERDUE_SHOWN = 50
# Files that are not made, and made ones of which nobody has said that they arrived.
SELECT_OVERDUE = text(f"""
    SELECT p.batch_id, p.part, p.region_code, p.state, b.parts, b.requested_at, p.made_at,
           coalesce(p.cards_in_file, p.cards) AS cards, n.counted_at
    FROM print_parts p JOIN print_batches b USING (batch_id)
    LEFT JOIN print_counts n ON n.batch_id = p.batch_id AND n.part = p.part
    LEFT JOIN print_receipts r ON r.batch_id = p.batch_id AND r.part = p.part
    WHERE b.card_id IS NULL AND r.part IS NULL
          AND EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS mine (code)
                      WHERE p.region_code = mine.code OR p.region_code LIKE mine.code || '.%')
          AND ((p.state IN ('queued', 'failed') AND b.requested_at < :not_made_before)
               OR (p.state = 'printed' AND p.made_at < :not_received_before AND EXISTS (
                   SELECT 1 FROM print_batch_cards x JOIN cards c USING (card_id)
                   WHERE x.batch_id = p.batch_id AND x.part = p.part AND x.left_out = ''
                         AND c.state = 'printed')))
    ORDER BY b.requested_at, p.batch_id, p.part LIMIT {OVERDUE_SHOWN}
""")  # noqa: S608

"""Every SQL statement about what happens to a print file after it was made."""

from sqlalchemy import bindparam, insert, select, text

from issuance.printing.count_tables import print_counts, print_downloads, print_receipts

SELECT_DOWNLOAD = select(print_downloads).where(
    print_downloads.c.download_id == bindparam("download_id")
)
SELECT_DOWNLOADS = (
    select(print_downloads)
    .where(
        print_downloads.c.batch_id == bindparam("id"), print_downloads.c.part == bindparam("number")
    )
    .order_by(print_downloads.c.number)
)
INSERT_DOWNLOAD = insert(print_downloads)
INSERT_COUNT = insert(print_counts)
SELECT_COUNT_BY_ID = select(print_counts).where(print_counts.c.count_id == bindparam("count_id"))
SELECT_RECEIPT_BY_ID = select(print_receipts).where(
    print_receipts.c.receipt_id == bindparam("receipt_id")
)
INSERT_RECEIPT = insert(print_receipts)
# What is in the file, and of it what did not come out spoiled.
SELECT_IN_FILE = text("""
    SELECT p.card_id, f.kind FROM print_batch_cards p
    LEFT JOIN print_faults f USING (card_id, batch_id, part)
    WHERE p.batch_id = :id AND p.part = :number AND p.left_out = '' ORDER BY p.card_id
""")
LOCK_CARDS = text("""
    SELECT card_id, state FROM cards WHERE card_id = ANY(CAST(:card_ids AS text[]))
    ORDER BY card_id FOR UPDATE
""")
INSERT_FAULTS = text("""
    INSERT INTO print_faults (card_id, batch_id, part, kind, noted_at, noted_by, noted_by_name)
    SELECT card_id, :id, :number, :kind, :at, :by, :by_name
    FROM unnest(CAST(:card_ids AS text[])) AS faulty (card_id)
""")
MARK_DESTROYED = text("""
    UPDATE print_faults
    SET destroyed_at = :at, destroyed_by = :by, destroyed_by_name = :by_name
    WHERE batch_id = :id AND part = :number AND destroyed_at IS NULL
          AND card_id = ANY(CAST(:card_ids AS text[])) RETURNING card_id
""")

"""Every SQL statement about print batches."""

from sqlalchemy import bindparam, insert, select, text, update

from issuance.printing.tables import (
    CARDS_PER_FILE_MAX,
    print_batch_cards,
    print_batches,
    print_files,
)

_batches = print_batches
IN_REGION = "(c.region_code = :region_code OR c.region_code LIKE :inside)"
# What waits for its first print and is in no other batch that waits.
_TO_PRINT = f"""
    FROM cards c JOIN card_households h USING (household_id)
    WHERE c.state = 'signed' AND {IN_REGION} AND NOT EXISTS (
        SELECT 1 FROM print_batch_cards p JOIN print_batches b USING (batch_id)
        WHERE p.card_id = c.card_id AND b.state = 'queued')
"""  # noqa: S608 - constants of the code
SELECT_TO_PRINT = text(f"""
    SELECT c.card_id, c.household_id, c.region_code, h.sealed_head_name {_TO_PRINT}
    ORDER BY c.region_code, c.household_id LIMIT {CARDS_PER_FILE_MAX}
""")
SELECT_ONE_TO_PRINT = text("""
    SELECT c.card_id, c.household_id, c.region_code, h.sealed_head_name
    FROM cards c JOIN card_households h USING (household_id)
    WHERE c.card_id = :card_id AND c.state IN ('signed', 'printed', 'handed_over', 'active')
""")
INSERT_BATCH = insert(_batches).returning(*_batches.c)
INSERT_BATCH_CARDS = text("""
    INSERT INTO print_batch_cards (batch_id, position, card_id)
    SELECT :batch_id, place - 1, card_id
    FROM unnest(CAST(:card_ids AS text[])) WITH ORDINALITY AS chosen (card_id, place)
""")
SELECT_BATCH = select(_batches).where(_batches.c.batch_id == bindparam("id"))
SELECT_BATCH_FOR_UPDATE = SELECT_BATCH.with_for_update()
SELECT_QUEUED = (
    select(_batches).where(_batches.c.state == "queued").order_by(_batches.c.requested_at).limit(1)
)
SELECT_BATCHES = text("""
    SELECT b.* FROM print_batches b
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS r (code)
                  WHERE b.region_code = r.code OR b.region_code LIKE r.code || '.%')
    ORDER BY b.requested_at DESC LIMIT 50
""")
COUNT_TO_PRINT = text(f"""
    SELECT c.region_code, count(*) AS cards {_TO_PRINT} GROUP BY 1 ORDER BY 1
""")
# A card that was blocked, replaced or revoked since is not printed.
SELECT_BATCH_CARDS = text("""
    SELECT c.card_id, c.region_code, c.state, c.sealed_token, c.issued_at, c.expires_at
    FROM print_batch_cards p JOIN cards c USING (card_id)
    WHERE p.batch_id = :id AND c.state IN ('signed', 'printed', 'handed_over', 'active')
    ORDER BY p.position
""")
INSERT_FILE = insert(print_files)
SELECT_FILE = select(print_files.c.sealed).where(print_files.c.batch_id == bindparam("id"))
UPDATE_BATCH = (
    update(_batches)
    .where(_batches.c.batch_id == bindparam("id"))
    .values(
        state=bindparam("new_state"),
        cards=bindparam("new_cards"),
        printed_at=bindparam("at"),
        sha256=bindparam("digest"),
        file_bytes=bindparam("size"),
    )
)
SELECT_PRINTED_CARDS = select(print_batch_cards.c.card_id).where(
    print_batch_cards.c.batch_id == bindparam("id")
)

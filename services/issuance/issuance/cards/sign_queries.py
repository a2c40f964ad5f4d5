"""The SQL of signing: many cards a statement, because a province is signed in one night."""

from sqlalchemy import text

# How much there is to do, counted no further than what one round can do.
COUNT_ORDERS = text("""
    SELECT count(*) FROM (SELECT FROM cards WHERE state = 'ordered' LIMIT :limit) AS waiting
""")
# Another signer's orders are passed over, not waited for, and so are places without a key.
SELECT_ORDERS = text("""
    SELECT c.card_id, c.household_id, c.region_code, h.pseudonym, h.sealed_head_name
    FROM cards c JOIN card_households h USING (household_id)
    WHERE c.state = 'ordered' AND EXISTS (
        SELECT FROM unnest(CAST(:regions AS text[])) AS code
        WHERE c.region_code = code OR starts_with(c.region_code, code || '.'))
    ORDER BY c.ordered_at LIMIT :limit
    FOR UPDATE OF c SKIP LOCKED
""")
# The cards and their lines of history in one statement: each row is looked for once.
STORE_SIGNED = text("""
    WITH signed AS (
        UPDATE cards SET state = 'signed', version = version + 1, kid = made.kid,
            list_number = made.list_number, status_index = made.status_index,
            sealed_token = made.sealed_token, issued_at = :issued_at, expires_at = :expires_at
        FROM unnest(CAST(:card_ids AS text[]), CAST(:kids AS text[]),
                    CAST(:list_numbers AS int[]), CAST(:status_indices AS int[]),
                    CAST(:sealed_tokens AS bytea[]))
            AS made (card_id, kid, list_number, status_index, sealed_token)
        WHERE cards.card_id = made.card_id AND cards.state = 'ordered'
        RETURNING cards.card_id, cards.version, cards.region_code
    )
    INSERT INTO card_changes (card_id, version, state, old_state, actor, actor_name, place)
    SELECT card_id, version, 'signed', 'ordered', :actor, :actor, region_code FROM signed
""")

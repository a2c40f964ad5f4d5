"""The SQL of signing: many cards a statement, because a province is signed in one night."""

from sqlalchemy import text

# How much there is to do, counted no further than what one round can do. In their order, or it
# would be looked for where the table begins, among all that was signed already.
COUNT_ORDERS = text("""
    SELECT count(*) FROM (
        SELECT FROM cards WHERE state = 'ordered' ORDER BY ordered_at LIMIT :limit) AS waiting
""")
# In the night in which a province is signed, statistics say now that all is ordered and now that
# nothing is; by them PostgreSQL would read every order there is, and sort them, for each batch. In
# this transaction it goes by the indexes.
GO_BY_INDEXES = text("SELECT set_config('enable_seqscan', 'off', true)")
# Another signer's orders are passed over, not waited for, and so are places without a key: a code
# is covered by itself and by each that it begins with.
SELECT_ORDERS = text("""
    SELECT c.card_id, c.household_id, c.region_code, h.pseudonym, h.sealed_head_name
    FROM (
        SELECT card_id, household_id, region_code FROM cards
        WHERE state = 'ordered' AND CAST(:regions AS text[]) && ARRAY[region_code::text,
            left(region_code, 8), left(region_code, 5), left(region_code, 2)]
        ORDER BY ordered_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) AS c JOIN card_households h USING (household_id)
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

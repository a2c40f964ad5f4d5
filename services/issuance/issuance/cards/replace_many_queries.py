"""Every SQL statement about the cards that were signed under a key, and replacing them all."""

from sqlalchemy import text

from issuance.cards.rules import ENDED_STATES, IN_USE

_ENDED = ", ".join(f"'{state}'" for state in ENDED_STATES)
_IN_USE = ", ".join(f"'{state}'" for state in IN_USE)

COUNT_BY_REGENCY = text("""
    SELECT left(region_code, 5) AS regency, state, count(*) AS cards FROM cards
    WHERE kid = :kid GROUP BY 1, 2 ORDER BY 1, 2
""")
COUNT_BY_KEY = text(f"""
    SELECT kid, count(*) AS signed,
           count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state NOT IN ({_ENDED})) AS living
    FROM cards WHERE kid IS NOT NULL GROUP BY kid
""")  # noqa: S608 - the states are constants of the code
COUNT_LIVING = text(f"""
    SELECT count(*) FROM cards WHERE kid = :kid AND state NOT IN ({_ENDED})
""")  # noqa: S608 - the states are constants of the code
# A blocked card stays blocked: who blocked it had a reason. Once it is unblocked it is found here.
SELECT_TO_REPLACE = text(f"""
    SELECT card_id, household_id FROM cards
    WHERE kid = ANY(CAST(:kids AS text[])) AND state IN ({_IN_USE})
    ORDER BY card_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # noqa: S608 - the states are constants of the code
# Where the family lives now, which need not be where the old card was printed for.
INSERT_REPLACEMENTS = text("""
    WITH ordered AS (
        INSERT INTO cards (card_id, household_id, region_code, state, version, replaces_card_id,
                           ordered_at)
        SELECT wanted.card_id, household_id, home.region_code, 'ordered', 1, old.card_id, :now
        FROM unnest(CAST(:card_ids AS text[]), CAST(:old_card_ids AS text[]))
            AS wanted (card_id, old_card_id)
        JOIN cards AS old ON old.card_id = wanted.old_card_id AND old.state = 'replaced'
        JOIN card_households AS home USING (household_id)
        RETURNING card_id, household_id, region_code, version, state
    ), lines AS (
        INSERT INTO card_changes
            (card_id, version, state, actor, actor_name, reason, place)
        SELECT card_id, version, state, :actor, :actor_name, :reason, region_code FROM ordered
    )
    SELECT * FROM ordered ORDER BY card_id
""")
UPDATE_ASKED = text("""
    UPDATE card_household_changes SET replace_asked_at = NULL
    WHERE household_id = ANY(CAST(:household_ids AS uuid[])) AND replace_asked_at IS NOT NULL
""")

"""What the demonstration asks the database."""

from sqlalchemy import text

# How far the cards of the announced families are.
HEARD = text("""
    SELECT (SELECT count(*) FROM inbox
            WHERE source = 'registry' AND event_type = 'enrolments.approved.v1') AS heard,
           (SELECT count(*) FROM cards WHERE state = 'ordered') AS ordered
""")
# The first card of each family, also of those that were remade: the same ones on every run.
FIRST_CARDS = text("""
    SELECT card_id, household_id, region_code FROM cards
    WHERE replaces_card_id IS NULL ORDER BY region_code, card_id
""")
REMADE = text("""
    SELECT count(*) FROM cards
    WHERE region_code = :region_code AND replaces_card_id IS NOT NULL AND state = 'ordered'
""")

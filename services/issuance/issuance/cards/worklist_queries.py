"""Every SQL statement about what waits for a card desk: replacements, and cards that run out."""

from sqlalchemy import bindparam, insert, select, text

from issuance.cards.replacement_rules import COUNTED_REASONS
from issuance.cards.rules import VALID_STATES
from issuance.cards.tables import replacement_requests

_VALID = ", ".join(f"'{state}'" for state in VALID_STATES)
_COUNTED = ", ".join(f"'{reason}'" for reason in COUNTED_REASONS)
_IN = "({table}.region_code = :region_code OR {table}.region_code LIKE :region_code || '.%')"

# Families that need something of a desk, and since when.
WORKLIST = text(f"""
    SELECT * FROM (
        SELECT 'replace' AS why, ch.replace_asked_at AS since, c.card_id, c.state, c.expires_at,
               h.household_id, h.region_code, h.sealed_head_name
        FROM card_household_changes ch
        JOIN cards c ON c.household_id = ch.household_id AND c.state IN ({_VALID})
        JOIN card_households h ON h.household_id = ch.household_id
        WHERE ch.replace_asked_at IS NOT NULL AND {_IN.format(table="h")}
        UNION ALL
        SELECT 'runs_out', c.expires_at - CAST(:warned AS interval), c.card_id, c.state,
               c.expires_at, h.household_id, h.region_code, h.sealed_head_name
        FROM cards c JOIN card_households h USING (household_id)
        LEFT JOIN card_household_changes ch USING (household_id)
        WHERE c.state IN ('handed_over', 'active') AND ch.replace_asked_at IS NULL
          AND c.expires_at < CAST(:now AS timestamptz) + CAST(:warned AS interval)
          AND {_IN.format(table="h")}
        UNION ALL
        SELECT 'no_card', l.at, c.card_id, c.state, c.expires_at, h.household_id, h.region_code,
               h.sealed_head_name
        FROM card_households h
        JOIN LATERAL (SELECT * FROM cards WHERE household_id = h.household_id
                      ORDER BY ordered_at DESC, card_id LIMIT 1) c ON c.state = 'expired'
        JOIN card_changes l ON l.card_id = c.card_id AND l.version = c.version
        WHERE {_IN.format(table="h")} AND EXISTS (
            SELECT 1 FROM card_grounds g LEFT JOIN enrolment_standings s USING (enrolment_id)
            WHERE g.household_id = h.household_id
              AND (s.standing IS NULL OR s.standing = 'running' OR s.ends_at > :now))
    ) AS asked ORDER BY since, household_id LIMIT :rows
""")  # noqa: S608 - constants of the code

# Each card that followed another one, with why, newest first.
REPLACEMENTS_OF = text("""
    SELECT c.card_id AS new_card_id, c.replaces_card_id, l.at, l.reason, l.actor_name, l.place
    FROM cards c JOIN card_changes l ON l.card_id = c.replaces_card_id AND l.state = 'replaced'
    WHERE c.household_id = :household_id ORDER BY l.at DESC, c.card_id
""")
COUNT_REPLACED = text(f"""
    SELECT count(*) FROM cards c JOIN card_changes l USING (card_id)
    WHERE c.household_id = :household_id AND l.state = 'replaced'
      AND l.reason IN ({_COUNTED}) AND l.at > :since
""")  # noqa: S608
# Two who replace cards of one family at once: the second counts what the first did.
LOCK_HOUSEHOLD = text("""
    SELECT household_id FROM card_households WHERE household_id = :household_id FOR UPDATE
""")

INSERT_REQUEST = insert(replacement_requests).returning(*replacement_requests.c)
SELECT_REQUEST = (
    select(replacement_requests)
    .where(replacement_requests.c.request_id == bindparam("id"))
    .with_for_update()
)
CONFIRM_REQUEST = text("""
    UPDATE replacement_requests
    SET confirmed_at = :at, confirmed_by = :by, confirmed_by_name = :by_name
    WHERE request_id = :id
""")
SELECT_OPEN_OF_CARD = select(replacement_requests).where(
    replacement_requests.c.card_id == bindparam("card_id"),
    replacement_requests.c.confirmed_at.is_(None),
)
# What waits for a second person, of cards that can still be replaced.
OPEN_REQUESTS = text(f"""
    SELECT r.*, c.household_id, c.region_code, h.sealed_head_name
    FROM replacement_requests r JOIN cards c USING (card_id)
    JOIN card_households h ON h.household_id = c.household_id
    WHERE r.confirmed_at IS NULL AND c.state IN ({_VALID}) AND {_IN.format(table="c")}
    ORDER BY r.asked_at LIMIT :rows
""")  # noqa: S608

"""Every SQL statement about where cards are."""

from sqlalchemy import text

_NEWER = """
    version = excluded.version, state = excluded.state, reason = excluded.reason,
    place = excluded.place, since = excluded.since
"""
NOTE_STEP = text(f"""
    INSERT INTO card_ways AS known
        (card_id, household_id, version, state, reason, place, since)
    VALUES (:card_id, :household_id, :version, :state, :reason, :place, :since)
    ON CONFLICT (card_id) DO UPDATE SET {_NEWER} WHERE known.version < excluded.version
""")  # noqa: S608 - constants of the code
NOTE_EXPIRY = text("UPDATE card_ways SET expires_at = :expires_at WHERE card_id = :card_id")
# The card that a family has or waits for comes first, then those that it had.
OF_HOUSEHOLD = text("""
    SELECT card_id, state, reason, place, since, expires_at FROM card_ways
    WHERE household_id = :household_id
    ORDER BY state IN ('replaced', 'revoked', 'expired'), since DESC, card_id LIMIT :rows
""")

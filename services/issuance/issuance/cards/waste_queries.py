"""Every SQL statement about plastic whose card has ended, and that has to be destroyed."""

from sqlalchemy import text

from issuance.cards.rules import ENDED_STATES

_ENDED = ", ".join(f"'{state}'" for state in ENDED_STATES)
# Their plastic is not here: it never arrived, or somebody else has it.
NOT_HERE = ("lost_in_post", "lost", "stolen")
_NOT_HERE = ", ".join(f"'{reason}'" for reason in NOT_HERE)

# A card that has ended although a piece of plastic with it exists, or may, and no family has it.
# `place` and `last_state` are where that plastic was last.
TO_DESTROY = text(f"""
    SELECT c.card_id, c.household_id, c.region_code, c.state, ended.at AS ended_at, ended.reason,
           before.state AS last_state, before.place
    FROM cards c
    JOIN card_changes ended ON ended.card_id = c.card_id AND ended.version = c.version
    JOIN LATERAL (
        SELECT state, place FROM card_changes w
        WHERE w.card_id = c.card_id AND w.state IN ('in_print', 'printed', 'at_desk')
        ORDER BY w.version DESC LIMIT 1) before ON true
    WHERE c.state IN ({_ENDED}) AND ended.reason NOT IN ({_NOT_HERE})
      AND EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) AS r (code)
                  WHERE c.region_code = r.code OR c.region_code LIKE r.code || '.%')
      AND NOT EXISTS (SELECT 1 FROM card_changes g
                      WHERE g.card_id = c.card_id AND g.state = 'handed_over')
      AND NOT EXISTS (SELECT 1 FROM destroyed_cards d WHERE d.card_id = c.card_id)
    ORDER BY ended.at, c.card_id LIMIT :rows
""")  # noqa: S608 - constants of the code
NOTE_DESTROYED = text("""
    INSERT INTO destroyed_cards (card_id, at, actor, actor_name)
    SELECT card_id, :at, :actor, :actor_name FROM unnest(CAST(:card_ids AS text[])) AS u (card_id)
    ON CONFLICT DO NOTHING RETURNING card_id
""")

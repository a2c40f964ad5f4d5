"""Every SQL statement about rounds and the cards on them."""

from sqlalchemy import bindparam, insert, select, text, update

from issuance.handing_over.round_rules import CARDS_A_ROUND_MAX
from issuance.handing_over.round_tables import round_cards, rounds

_r, _c = rounds, round_cards
# What lies at a desk may be carried to its family. A file that nobody has counted and received is
# not there yet: with its cards in the bag no count would be right.
_AT_HAND = "c.state = 'at_desk'"

# Two people who make a round of the same village at once must not get the same cards.
LOCK_VILLAGE = text("SELECT pg_advisory_xact_lock(620014, hashtext(:region_code))")
SELECT_AVAILABLE = text(f"""
    SELECT c.card_id, c.household_id, h.sealed_head_name
    FROM cards c JOIN card_households h USING (household_id)
    WHERE c.region_code = :region_code AND {_AT_HAND} AND NOT EXISTS (
        SELECT 1 FROM round_cards r WHERE r.card_id = c.card_id AND r.is_out)
    ORDER BY c.card_id LIMIT {CARDS_A_ROUND_MAX}
""")  # noqa: S608 - constants of the code
COUNT_AVAILABLE = text(f"""
    SELECT c.region_code, count(*) AS cards FROM cards c
    WHERE {_AT_HAND} AND EXISTS (
        SELECT 1 FROM unnest(CAST(:regions AS text[])) AS r (code)
        WHERE c.region_code = r.code OR c.region_code LIKE r.code || '.%')
    AND NOT EXISTS (SELECT 1 FROM round_cards o WHERE o.card_id = c.card_id AND o.is_out)
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200
""")  # noqa: S608 - constants of the code
INSERT_ROUND = insert(_r).returning(*_r.c)
INSERT_ROUND_CARDS = insert(_c)
SELECT_ROUND = select(_r).where(_r.c.round_id == bindparam("id"))
SELECT_ROUND_FOR_UPDATE = SELECT_ROUND.with_for_update()
# Those that are not closed first, the oldest of them on top; then the newest closed ones.
SELECT_ROUNDS = text("""
    SELECT r.*, s.* FROM rounds r CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE outcome = 'handed_over') AS now_handed_over,
               count(*) FILTER (WHERE outcome = 'returned') AS now_returned,
               count(*) FILTER (WHERE outcome = 'waiting') AS now_waiting,
               count(*) FILTER (WHERE k.state = 'at_desk') AS at_hand
        FROM round_cards c JOIN cards k USING (card_id) WHERE c.round_id = r.round_id) s
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS o (code)
                  WHERE r.region_code = o.code OR r.region_code LIKE o.code || '.%')
      AND (:sees_all OR r.companion = :subject OR r.state = 'ready')
    ORDER BY r.state IN ('closed', 'cancelled'),
        CASE WHEN r.state IN ('closed', 'cancelled') THEN NULL ELSE r.planned_on END,
        r.planned_on DESC, r.round_id LIMIT 100
""")
SELECT_LIST = text("""
    SELECT r.*, c.household_id, c.state AS card_state, c.sealed_token, h.sealed_head_name,
        h.kk_index, o.handed_at, o.collector, o.held_because, o.judgement
    FROM round_cards r JOIN cards c USING (card_id)
        JOIN card_households h ON h.household_id = c.household_id
        LEFT JOIN hand_overs o ON o.card_id = r.card_id
    WHERE r.round_id = :id ORDER BY r.position
""")
SELECT_ROUND_CARD = select(_c).where(
    _c.c.round_id == bindparam("id"), _c.c.card_id == bindparam("card_id")
)
# In this person's bag, or given out of it: a hand-over that is sent again is answered as before.
IS_CARRIED_BY = text("""
    SELECT EXISTS (SELECT 1 FROM round_cards JOIN rounds r USING (round_id)
                   WHERE card_id = :card_id AND r.companion = :subject
                     AND r.state IN ('out', 'back'))
""")
SELECT_ROUND_CARD_FOR_UPDATE = SELECT_ROUND_CARD.with_for_update()
COUNT_OUTCOMES = text("""
    SELECT outcome, count(*) AS cards FROM round_cards WHERE round_id = :id GROUP BY 1
""")
# A round that waited may hold cards that were given, blocked or replaced at the desk meanwhile.
LEAVE_BEHIND = text(f"""
    DELETE FROM round_cards r USING cards c
    WHERE r.round_id = :id AND c.card_id = r.card_id AND NOT ({_AT_HAND})
""")  # noqa: S608 - constants of the code
COUNT_AT_HAND = text(f"""
    SELECT count(*) FROM round_cards r JOIN cards c USING (card_id)
    WHERE r.round_id = :id AND {_AT_HAND}
""")  # noqa: S608
TAKE = (
    update(_r)
    .where(_r.c.round_id == bindparam("id"))
    .values(
        state="out",
        taken=bindparam("cards"),
        companion=bindparam("by"),
        companion_name=bindparam("by_name"),
        taken_at=bindparam("at"),
    )
    .returning(*_r.c)
)
CANCEL = (
    update(_r).where(_r.c.round_id == bindparam("id")).values(state="cancelled").returning(*_r.c)
)
SIGN_BACK = text("""
    UPDATE rounds SET state = 'back', returned_at = :at, handed_over = s.handed_over,
        returned = s.returned, not_counted = s.not_counted
    FROM (SELECT count(*) FILTER (WHERE outcome = 'handed_over') AS handed_over,
                 count(*) FILTER (WHERE outcome = 'returned') AS returned,
                 count(*) FILTER (WHERE outcome = 'not_counted') AS not_counted
          FROM round_cards WHERE round_id = :id) s
    WHERE round_id = :id RETURNING rounds.*
""")
CLOSE = (
    update(_r)
    .where(_r.c.round_id == bindparam("id"))
    .values(
        state="closed",
        closed_at=bindparam("at"),
        closed_by=bindparam("by"),
        closed_by_name=bindparam("by_name"),
        counted=bindparam("number"),
    )
    .returning(*_r.c)
)
EMPTY_BAG = update(_c).where(_c.c.round_id == bindparam("id"), _c.c.is_out).values(is_out=False)
RETURN_CARD = text("""
    UPDATE round_cards SET outcome = 'returned', outcome_at = :at, return_reason = :reason,
        sealed_note = :sealed_note, desk_asked = :desk_asked
    WHERE round_id = :id AND card_id = :card_id AND is_out
""")
NOT_COUNTED = text("""
    UPDATE round_cards SET outcome = 'not_counted', outcome_at = :at, is_out = false,
        return_reason = NULL, sealed_note = NULL, desk_asked = true
    WHERE round_id = :id AND card_id = :card_id AND is_out
""")
SELECT_DESK_ASKED = text("""
    SELECT r.round_id, r.card_id, r.outcome, r.return_reason, r.sealed_note, r.outcome_at,
        c.household_id, c.region_code, h.sealed_head_name
    FROM round_cards r JOIN cards c USING (card_id)
        JOIN card_households h ON h.household_id = c.household_id
    WHERE r.desk_asked AND r.desk_done_at IS NULL AND EXISTS (
        SELECT 1 FROM unnest(CAST(:regions AS text[])) AS o (code)
        WHERE c.region_code = o.code OR c.region_code LIKE o.code || '.%')
    ORDER BY r.outcome_at LIMIT 100
""")
DESK_DONE = text("""
    UPDATE round_cards SET desk_done_at = :at, desk_done_by_name = :by_name
    WHERE round_id = :id AND card_id = :card_id AND desk_asked AND desk_done_at IS NULL
""")

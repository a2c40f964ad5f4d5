"""Every SQL statement about hand-overs, their flags and the givers' own numbers."""

from sqlalchemy import bindparam, func, insert, select, text, update

from issuance.handing_over.tables import giver_declarations, hand_over_flags, hand_overs

_h = hand_overs
_EFFECTIVE = giver_declarations.c.is_first | (giver_declarations.c.decision == "accepted")

LOCK_CARD = text("""
    SELECT c.*, h.kk_index FROM cards c JOIN card_households h USING (household_id)
    WHERE c.card_id = :card_id FOR UPDATE OF c
""")
SELECT_BY_ID = select(_h).where(_h.c.handover_id == bindparam("id"))
SELECT_BY_ID_FOR_UPDATE = SELECT_BY_ID.with_for_update()
SELECT_BY_CARD = select(_h).where(_h.c.card_id == bindparam("card_id"))
INSERT_HAND_OVER = insert(_h).returning(*_h.c)
INSERT_FLAG = insert(hand_over_flags)
# Two hand-overs to the same collector at once must see each other.
LOCK_COLLECTOR = text("SELECT pg_advisory_xact_lock(620012, hashtext(encode(:index, 'hex')))")
COUNT_OTHER_FAMILIES = select(func.count(func.distinct(_h.c.household_id))).where(
    _h.c.collector_nik_index == bindparam("index"),
    _h.c.received_at > bindparam("since"),
    _h.c.household_id != bindparam("household_id"),
    func.coalesce(_h.c.judgement, "") != "refused",
)
IS_STAFF = select(
    select(giver_declarations.c.subject)
    .where(giver_declarations.c.nik_index == bindparam("index"), _EFFECTIVE)
    .exists()
)
COUNT_IN_MINUTE = select(func.count()).where(
    _h.c.giver == bindparam("giver"),
    func.date_trunc("minute", _h.c.handed_at)
    == func.date_trunc("minute", bindparam("handed_at", type_=_h.c.handed_at.type)),
)
POSITIONS_COMPARED = 200
SELECT_POSITIONS = (
    select(_h.c.latitude, _h.c.longitude, _h.c.accuracy_m)
    .where(_h.c.region_code == bindparam("region_code"), _h.c.latitude.is_not(None))
    .order_by(_h.c.received_at.desc())
    .limit(POSITIONS_COMPARED)
)
# Whichever bag the card was in: what the desk hands over meanwhile is no longer with a companion.
SETTLE_IN_ROUND = text("""
    UPDATE round_cards SET outcome = 'handed_over', outcome_at = :now, is_out = false,
        return_reason = NULL, sealed_note = NULL, desk_asked = false
    WHERE card_id = :card_id AND is_out RETURNING round_id
""")
# The companion has signed for other numbers: they are signed for anew.
REOPEN_ROUND = text("""
    UPDATE rounds SET state = 'out', returned_at = NULL, handed_over = NULL, returned = NULL,
        not_counted = NULL
    WHERE round_id = :round_id AND state = 'back'
""")

_g = giver_declarations
SELECT_DECLARATION = (
    select(_g)
    .where(_g.c.subject == bindparam("subject"), _EFFECTIVE)
    .order_by(func.coalesce(_g.c.decided_at, _g.c.declared_at).desc())
    .limit(1)
)
SELECT_DECLARATION_BY_ID = select(_g).where(_g.c.declaration_id == bindparam("id"))
SELECT_DECLARATION_FOR_UPDATE = SELECT_DECLARATION_BY_ID.with_for_update()
SELECT_DECLARATION_WAITING = select(_g).where(
    _g.c.subject == bindparam("subject"), ~_g.c.is_first, _g.c.decision.is_(None)
)
SELECT_DECLARATIONS_WAITING = (
    select(_g).where(~_g.c.is_first, _g.c.decision.is_(None)).order_by(_g.c.declared_at).limit(100)
)
LOCK_SUBJECT = text("SELECT pg_advisory_xact_lock(620013, hashtext(:subject))")
INSERT_DECLARATION = insert(_g).returning(*_g.c)
DECIDE_DECLARATION = (
    update(_g)
    .where(_g.c.declaration_id == bindparam("id"))
    .values(
        decision=bindparam("word"),
        decided_at=bindparam("at"),
        decided_by=bindparam("by"),
        decided_by_name=bindparam("by_name"),
    )
    .returning(*_g.c)
)

"""Every SQL statement about the operators of a terminal and their sessions."""

from sqlalchemy import DateTime, Text, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from redemption.terminals.tables import ended_sign_ins, terminal_operators, terminal_sessions

_o, _s = terminal_operators, terminal_sessions
_this_operator = (
    _o.c.terminal_id == bindparam("at_terminal"),
    _o.c.operator_id == bindparam("of_operator"),
)
OF_TERMINAL = (
    select(_o.c.operator_id, _o.c.name, _o.c.role, _o.c.full_sign_in_at, _o.c.tries_left)
    .where(_o.c.terminal_id == bindparam("at_terminal"), _o.c.removed_at.is_(None))
    .order_by(_o.c.name, _o.c.operator_id)
)
# Held until the answer is written: two attempts at once are two attempts.
LOCK_OPERATOR = select(_o).where(*_this_operator, _o.c.removed_at.is_(None)).with_for_update()
_new = insert(_o)
SET_PIN = _new.on_conflict_do_update(
    index_elements=["terminal_id", "operator_id"],
    set_={
        name: _new.excluded[name]
        for name in (
            "subject",
            "name",
            "role",
            "pin_sealed",
            "full_sign_in_at",
            "tries_left",
            "removed_at",
        )
    },
)
COUNT_TRIES = update(_o).where(*_this_operator).values(tries_left=bindparam("left"))
REMOVE_OPERATOR = (
    update(_o).where(*_this_operator, _o.c.removed_at.is_(None)).values(removed_at=bindparam("now"))
)
ADD_SESSION = insert(_s)
END_SESSION = (
    update(_s)
    .where(_s.c.token_hash == bindparam("hash"), _s.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
END_SESSIONS = (
    update(_s)
    .where(
        _s.c.terminal_id == bindparam("at_terminal"),
        _s.c.operator_id == bindparam("of_operator"),
        _s.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)

# One at a time for a person: a PIN is set before the end of its sign-in is noted, or after.
LOCK_PERSON = text("SELECT pg_advisory_xact_lock(620035, hashtext(:subject))")
_e = ended_sign_ins
IS_ENDED = select(_e.c.subject).where(
    _e.c.subject == bindparam("of_subject"),
    _e.c.ended_at >= bindparam("signed_in_at"),
    _e.c.spared_at.is_distinct_from(bindparam("signed_in_at")),
)
_ended = insert(_e)
NOTE_ENDED = _ended.on_conflict_do_update(
    index_elements=["subject"],
    set_={name: _ended.excluded[name] for name in ("ended_at", "spared_at")},
    where=_e.c.ended_at < _ended.excluded.ended_at,
)
# Operators whose PIN rests on a sign-in of before.
REMOVE_EVERYWHERE = (
    update(_o)
    .where(
        _o.c.subject == bindparam("of_subject", type_=Text),
        _o.c.full_sign_in_at <= bindparam("ended"),
        _o.c.full_sign_in_at.is_distinct_from(bindparam("spared", type_=DateTime(timezone=True))),
        _o.c.removed_at.is_(None),
    )
    .values(removed_at=bindparam("ended"))
    .returning(_o.c.terminal_id, _o.c.operator_id)
)

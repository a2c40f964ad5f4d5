"""Every SQL statement about the operators of a terminal and their sessions."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from redemption.terminals.tables import terminal_operators, terminal_sessions

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

"""Every SQL statement about enrolment codes and the attempts at them."""

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from redemption.terminals.tables import terminal_code_attempts, terminal_codes, terminals

_a = terminal_code_attempts
ADD_CODE = insert(terminal_codes)
LOCK_CODE = (
    select(terminal_codes)
    .where(terminal_codes.c.code_index == bindparam("code_index"))
    .with_for_update()
)
USE_CODE = (
    update(terminal_codes)
    .where(terminal_codes.c.id == bindparam("code_id"))
    .values(used_at=bindparam("now"))
)
# A person has one code at a time: a new one ends the one before, if nobody has used it.
WITHDRAW_CODES = (
    update(terminal_codes)
    .where(
        terminal_codes.c.partner_id == bindparam("of_partner"),
        terminal_codes.c.made_by == bindparam("person"),
        terminal_codes.c.used_at.is_(None),
        terminal_codes.c.withdrawn_at.is_(None),
        terminal_codes.c.expires_at > bindparam("now"),
    )
    .values(withdrawn_at=bindparam("now"))
)
OF_CODE = select(terminals.c.id, terminals.c.public_key).where(
    terminals.c.code_id == bindparam("code_id")
)
_new = insert(_a)
_is_over = _a.c.began_at <= bindparam("window_start")
COUNT_ATTEMPT = _new.on_conflict_do_update(
    index_elements=["key"],
    set_={
        "attempts": case((_is_over, 1), else_=_a.c.attempts + 1),
        "began_at": case((_is_over, _new.excluded.began_at), else_=_a.c.began_at),
    },
).returning(_a.c.attempts, _a.c.began_at)
FORGIVE_ATTEMPT = (
    update(_a)
    .where(_a.c.key == bindparam("of_key"), _a.c.attempts > 0)
    .values(attempts=_a.c.attempts - 1)
)
FORGET_ATTEMPTS = delete(_a).where(_a.c.began_at <= bindparam("window_start"))

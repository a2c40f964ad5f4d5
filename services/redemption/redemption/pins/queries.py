"""Every SQL statement about PINs."""

from sqlalchemy import Uuid, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from redemption.pins.tables import card_pins, pin_failures

_new = insert(card_pins)
SET_PIN = _new.on_conflict_do_update(
    index_elements=["card_id"],
    set_={
        name: _new.excluded[name]
        for name in (
            "household_id",
            "sealed_hash",
            "set_at",
            "sequence",
            "attempts_left",
            "locked_at",
        )
    },
    where=card_pins.c.sequence < _new.excluded.sequence,
)
# Held until the answer is written: two attempts at once are two attempts.
LOCK_PIN = select(card_pins).where(card_pins.c.card_id == bindparam("id")).with_for_update()
COUNT = (
    update(card_pins)
    .where(card_pins.c.card_id == bindparam("id"))
    .values(attempts_left=bindparam("left"), locked_at=bindparam("at"))
)
STANDING = select(card_pins.c.attempts_left).where(card_pins.c.card_id == bindparam("id"))
FAILED_BEFORE = select(pin_failures.c.attempts_left).where(
    pin_failures.c.act_id == bindparam("act_id"),
    pin_failures.c.card_id == bindparam("card_id"),
    pin_failures.c.pin_index == bindparam("pin_index"),
)
ADD_FAILURE = insert(pin_failures)
_terminal = bindparam("terminal_id", type_=Uuid)
FAILURES_HERE = select(func.count()).where(
    pin_failures.c.failed_at > bindparam("since"),
    pin_failures.c.partner_id == bindparam("partner_id"),
    case(
        (_terminal.is_not(None), pin_failures.c.terminal_id == _terminal),
        else_=pin_failures.c.terminal_id.is_(None)
        & (pin_failures.c.operator == bindparam("operator")),
    ),
)
SEQUENCE = select(card_pins.c.sequence).where(card_pins.c.card_id == bindparam("id"))

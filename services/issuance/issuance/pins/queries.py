"""Every SQL statement about pads and the setting of PINs."""

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from issuance.pins.tables import card_pin_locks, card_pin_pads, card_pin_settings

# Held, so that two pads of one card cannot both set its first PIN.
LOCK_CARD = text("""
    SELECT card_id, household_id, region_code, state FROM cards WHERE card_id = :card_id FOR UPDATE
""")
HOUSEHOLD_OF = text("SELECT household_id FROM cards WHERE card_id = :card_id")
_pads, _settings, _locks = card_pin_pads, card_pin_settings, card_pin_locks
INSERT_PAD = insert(_pads).returning(*_pads.c)
PAD = select(_pads).where(_pads.c.pad_id == bindparam("pad_id"))
PAD_OF_SCREEN = select(_pads).where(_pads.c.screen_index == bindparam("screen_index"))
# The code is gone with its first use; a pad whose time is over has none.
TAKE_CODE = (
    update(_pads)
    .where(
        _pads.c.code_index == bindparam("code"),
        _pads.c.expires_at > bindparam("now"),
        _pads.c.set_at.is_(None),
    )
    .values(code_index=None, screen_index=bindparam("screen"))
    .returning(*_pads.c)
)
MARK_SET = update(_pads).where(_pads.c.pad_id == bindparam("id")).values(set_at=bindparam("at"))
INSERT_SETTING = insert(_settings)
OF_CARD = (
    select(_settings, _locks.c.locked_at)
    .select_from(
        _settings.outerjoin(
            _locks,
            (_locks.c.card_id == _settings.c.card_id) & (_locks.c.sequence == _settings.c.sequence),
        )
    )
    .where(_settings.c.card_id == bindparam("card_id"))
    .order_by(_settings.c.sequence.desc())
)
COUNT = select(func.count()).where(_settings.c.card_id == bindparam("card_id"))
NOTE_LOCK = upsert(_locks).on_conflict_do_nothing()

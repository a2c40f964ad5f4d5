"""The SQL statements about the accounts that belong to partners."""

from sqlalchemy import DateTime, Text, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from redemption.partners.tables import partner_operators, partners

SEEN_MAX = 200
_o = partner_operators
_now = bindparam("now", type_=DateTime(timezone=True))
_new = insert(_o).from_select(
    ["partner_id", "subject", "name", "role", "first_seen_at", "last_seen_at"],
    # A token may name a partner that is not here: then nothing is written.
    select(
        partners.c.id,
        bindparam("subject", type_=Text),
        bindparam("name", type_=Text),
        bindparam("role", type_=Text),
        _now,
        _now,
    ).where(partners.c.id == bindparam("partner_id")),
)
NOTE_SEEN = _new.on_conflict_do_update(
    index_elements=["partner_id", "subject"],
    set_={name: literal_column(f"excluded.{name}") for name in ("name", "role", "last_seen_at")},
)
SEEN_AT = (
    select(_o.c.subject, _o.c.name, _o.c.role, _o.c.last_seen_at)
    .where(_o.c.partner_id == bindparam("partner_id"))
    .order_by(_o.c.name, _o.c.subject)
    .limit(SEEN_MAX)
)

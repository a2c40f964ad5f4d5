"""Every statement about the audit log."""

from sqlalchemy import DateTime, Text, Uuid, bindparam, or_, select

from common.tables import audit_log

_l = audit_log
_scope, _actor = bindparam("scope", type_=Text), bindparam("actor", type_=Text)
_action, _subject = bindparam("action", type_=Text), bindparam("subject_id", type_=Text)
_until = bindparam("until", type_=DateTime(timezone=True))
_before = bindparam("before", type_=Uuid)

# Ids are UUIDv7: their order is the order in which things were noted.
SELECT_PAGE = (
    select(_l)
    .where(or_(_scope == "", _l.c.region_code.regexp_match(_scope)))
    .where(or_(_actor == "", _l.c.actor == _actor))
    # "decision" is also decisions.read: a look at many is noted in the plural.
    .where(
        or_(
            _action == "",
            _l.c.action == _action,
            _l.c.action.startswith(_action + "."),
            _l.c.action.startswith(_action + "s."),
        )
    )
    .where(or_(_subject == "", _l.c.subject_id == _subject))
    .where(or_(_until.is_(None), _l.c.at <= _until))
    .where(or_(_before.is_(None), _l.c.id < _before))
    .order_by(_l.c.id.desc())
    .limit(bindparam("how_many"))
)

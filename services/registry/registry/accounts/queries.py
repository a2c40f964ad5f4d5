"""Every statement about accounts, sign-ins and failures."""

from datetime import timedelta

from sqlalchemy import (
    DateTime,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from registry.accounts.rules import SIGN_IN_IDLE_MAX
from registry.accounts.tables import accounts, sign_in_failures, sign_ins

KEPT_AFTER_END = timedelta(days=7)

_a, _s, _f = accounts, sign_ins, sign_in_failures

# ---------------------------------------------------------------------------------- accounts

INSERT_ACCOUNT = insert(_a).on_conflict_do_nothing().returning(_a.c.id)
SELECT_ACCOUNT = select(_a).where(_a.c.id == bindparam("account_id"))
SELECT_ACCOUNT_FOR_UPDATE = SELECT_ACCOUNT.with_for_update()
SELECT_BY_USERNAME = select(_a).where(_a.c.username == bindparam("username"))
SELECT_MADE_BY = select(_a.c.id).where(
    _a.c.created_by == bindparam("maker"), _a.c.disabled_at.is_(None)
)

_last_sign_in = (
    select(func.max(_s.c.completed_at)).where(_s.c.account_id == _a.c.id).scalar_subquery()
)
_role = bindparam("role", type_=Text)
SELECT_PAGE = (
    select(_a, _last_sign_in.label("last_sign_in_at"))
    .where(
        _a.c.username > bindparam("after"),
        or_(_role == "", _a.c.role == _role),
    )
    .order_by(_a.c.username)
    .limit(bindparam("how_many"))
)
# Locked in one order, so that two administrators who disable each other cannot both succeed.
SELECT_ADMINISTRATORS_FOR_UPDATE = (
    select(_a.c.id)
    .where(_a.c.role == "administrator", _a.c.disabled_at.is_(None))
    .order_by(_a.c.id)
    .with_for_update()
)

_one_account = update(_a).where(_a.c.id == bindparam("account_id"))
SET_ROLE = _one_account.values(
    role=bindparam("role_"), regions=bindparam("regions_"), partner_id=bindparam("partner_id_")
)
SET_DISABLED = _one_account.values(disabled_at=bindparam("at"))
SET_PASSWORD = _one_account.values(
    password_hash=bindparam("hash"),
    must_change_password=bindparam("must_change"),
    password_changed_at=bindparam("at"),
)
SET_TOTP_SECRET = _one_account.where(_a.c.totp_confirmed_at.is_(None)).values(
    totp_secret=bindparam("secret"), totp_last_step=None
)
CONFIRM_TOTP = _one_account.values(totp_confirmed_at=bindparam("at"))
REMOVE_TOTP = _one_account.values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
# True for one request only: the same code is not taken twice, however fast it is sent.
USE_TOTP_STEP = _one_account.where(
    or_(_a.c.totp_last_step.is_(None), _a.c.totp_last_step < bindparam("step"))
).values(totp_last_step=bindparam("step"))

# ---------------------------------------------------------------------------------- sign-ins

INSERT_SIGN_IN = insert(_s)
SELECT_SIGN_IN = (
    select(
        _s,
        *(_a.c[name] for name in ("username", "display_name", "role", "regions", "partner_id")),
        *(_a.c[name] for name in ("must_change_password", "totp_secret", "totp_confirmed_at")),
    )
    .join(_a, _a.c.id == _s.c.account_id)
    .where(_s.c.ended_at.is_(None), _a.c.disabled_at.is_(None))
    .where(_s.c.expires_at > bindparam("now"))
    .where(_s.c.active_at > bindparam("now") - SIGN_IN_IDLE_MAX)
)
SELECT_SIGN_IN_BY_COOKIE = SELECT_SIGN_IN.where(_s.c.secret_hash == bindparam("hash"))
SELECT_OPEN_SIGN_INS = (
    select(_s)
    .where(_s.c.account_id == bindparam("account_id"), _s.c.ended_at.is_(None))
    .where(_s.c.completed_at.is_not(None), _s.c.expires_at > bindparam("now"))
    .where(_s.c.active_at > bindparam("now") - SIGN_IN_IDLE_MAX)
    .order_by(_s.c.created_at.desc())
)
_one_sign_in = update(_s).where(_s.c.id == bindparam("sign_in_id"))
SET_SECOND_FACTOR = _one_sign_in.values(with_second_factor=True)
RENEW_SIGN_IN = _one_sign_in.values(secret_hash=bindparam("hash"), active_at=bindparam("now"))
COMPLETE_SIGN_IN = _one_sign_in.values(
    completed_at=bindparam("now"), expires_at=bindparam("expires")
)
TOUCH_SIGN_IN = _one_sign_in.values(active_at=bindparam("now"))
END_SIGN_IN = _one_sign_in.where(_s.c.ended_at.is_(None)).values(ended_at=bindparam("now"))
_spared = bindparam("spared", type_=Uuid)
COMPLETED_AT = select(_s.c.completed_at).where(_s.c.id == bindparam("sign_in_id"))
END_SIGN_INS_OF_ACCOUNT = (
    update(_s)
    .where(_s.c.account_id == bindparam("account_id_"), _s.c.ended_at.is_(None))
    .where(or_(_spared.is_(None), _s.c.id != _spared))
    .values(ended_at=bindparam("now"))
)
_now = bindparam("now", type_=DateTime(timezone=True))
SELECT_OVER_SIGN_INS = select(_s.c.id).where(
    or_(
        _s.c.expires_at < _now - KEPT_AFTER_END,
        _s.c.ended_at < _now - KEPT_AFTER_END,
    )
)
# What a list of accounts shows as the last sign-in stays: only those without completion, and
# those that a younger one has followed, are of no use any more.
_younger = sign_ins.alias("younger")
DELETE_OVER_SIGN_INS = delete(_s).where(
    _s.c.id.in_(SELECT_OVER_SIGN_INS),
    or_(
        _s.c.completed_at.is_(None),
        select(literal_column("1"))
        .where(
            and_(
                _younger.c.account_id == _s.c.account_id,
                _younger.c.completed_at > _s.c.completed_at,
            )
        )
        .exists(),
    ),
)

# ---------------------------------------------------------------------------------- failures

ENSURE_FAILURES = (
    insert(_f)
    .values(key=bindparam("key"), failures=0, last_failed_at=bindparam("now"))
    .on_conflict_do_nothing()
)
LOCK_FAILURES = (
    select(_f).where(_f.c.key.in_(bindparam("keys", expanding=True))).order_by(_f.c.key)
).with_for_update()
SET_FAILURES = (
    update(_f)
    .where(_f.c.key == bindparam("key_"))
    .values(
        failures=bindparam("failures_"),
        last_failed_at=bindparam("at"),
        blocked_until=bindparam("until"),
    )
)
FORGIVE_ALL = delete(_f).where(_f.c.key == bindparam("key_"))
FORGIVE_ONE = (
    update(_f)
    .where(_f.c.key == bindparam("key_"))
    .values(failures=func.greatest(_f.c.failures - 1, 0), blocked_until=None)
)
DELETE_OLD_FAILURES = delete(_f).where(_f.c.last_failed_at < bindparam("before"))

"""Every statement about OAuth clients, grants and token keys."""

from datetime import timedelta

from sqlalchemy import DateTime, and_, any_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from registry.accounts.rules import SIGN_IN_IDLE_MAX
from registry.accounts.tables import (
    accounts,
    oauth_client_secrets,
    oauth_clients,
    oauth_codes,
    oauth_grants,
    oauth_refresh_tokens,
    sign_ins,
    token_keys,
)

CODES_KEPT = timedelta(days=1)
REFRESH_TOKENS_KEPT = timedelta(days=2)

_c, _x = oauth_clients, oauth_client_secrets
_g, _k, _r = oauth_grants, oauth_codes, oauth_refresh_tokens
_a, _s, _t = accounts, sign_ins, token_keys

# ----------------------------------------------------------------------------------- clients

_new_client = insert(_c)
UPSERT_SERVICE_CLIENT = _new_client.on_conflict_do_update(
    index_elements=["id"],
    set_={
        "redirect_uris": _new_client.excluded.redirect_uris,
        "signed_out_uris": _new_client.excluded.signed_out_uris,
    },
)
INSERT_CLIENT = insert(_c).on_conflict_do_nothing().returning(_c.c.id)
SELECT_CLIENT = select(_c).where(_c.c.id == bindparam("client_id"))
SELECT_CLIENT_FOR_UPDATE = SELECT_CLIENT.with_for_update()
SELECT_INTEGRATORS = (
    select(
        _c,
        func.max(_x.c.last_used_at).label("last_used_at"),
        func.count(_x.c.id).filter(_x.c.revoked_at.is_(None)).label("valid_secrets"),
    )
    .outerjoin(_x, _x.c.client_id == _c.c.id)
    .where(_c.c.kind == "integrator")
    .group_by(_c.c.id)
    .order_by(_c.c.created_at.desc())
    .limit(bindparam("how_many"))
)
IS_SIGNED_OUT_URI = select(
    select(_c.c.id).where(bindparam("address") == any_(_c.c.signed_out_uris)).exists()
)
SET_CLIENT_REGIONS = (
    update(_c)
    .where(_c.c.id == bindparam("client_id"), _c.c.kind == "registry_client")
    .values(regions=bindparam("new_regions"), name=bindparam("new_name"))
)
DISABLE_CLIENT = (
    update(_c)
    .where(_c.c.id == bindparam("client_id"), _c.c.disabled_at.is_(None))
    .values(disabled_at=bindparam("at"))
)
INSERT_SECRET = insert(_x)
SELECT_VALID_SECRETS = (
    select(_x)
    .where(_x.c.client_id == bindparam("client_id"), _x.c.revoked_at.is_(None))
    .order_by(_x.c.created_at)
)
USE_SECRET = (
    update(_x).where(_x.c.id == bindparam("secret_id")).values(last_used_at=bindparam("at"))
)
REVOKE_SECRET = (
    update(_x)
    .where(_x.c.id == bindparam("secret_id"), _x.c.client_id == bindparam("of_client"))
    .where(_x.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
REVOKE_OTHER_SECRETS = (
    update(_x)
    .where(_x.c.client_id == bindparam("of_client"), _x.c.secret_hash != bindparam("kept"))
    .where(_x.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)

# ------------------------------------------------------------------------------------ grants

INSERT_GRANT = insert(_g)
INSERT_CODE = insert(_k)
# With everything that must still hold when a token is made: the grant, the sign-in, the account.
_whole = (
    _g.c.id.label("grant_id"),
    _g.c.client_id,
    _g.c.scope,
    _g.c.nonce,
    _g.c.sign_in_id,
    _s.c.completed_at.label("signed_in_at"),
    _s.c.with_second_factor,
    _a.c.id.label("account_id"),
    _a.c.display_name,
    _a.c.role,
    _a.c.regions,
    _a.c.partner_id,
    and_(
        _g.c.ended_at.is_(None),
        _s.c.ended_at.is_(None),
        _s.c.expires_at > bindparam("now"),
        _s.c.active_at > bindparam("now") - SIGN_IN_IDLE_MAX,
        _a.c.disabled_at.is_(None),
    ).label("is_good"),
)
_joined = _g.join(_s, _s.c.id == _g.c.sign_in_id).join(_a, _a.c.id == _s.c.account_id)
SELECT_CODE_FOR_UPDATE = (
    select(_k.c.redirect_uri, _k.c.code_challenge, _k.c.expires_at, _k.c.used_at, *_whole)
    .select_from(_joined.join(_k, _k.c.grant_id == _g.c.id))
    .where(_k.c.code_hash == bindparam("hash"))
    .with_for_update(of=_k)
)
SELECT_REFRESH_FOR_UPDATE = (
    select(_r.c.used_at, *_whole)
    .select_from(_joined.join(_r, _r.c.grant_id == _g.c.id))
    .where(_r.c.token_hash == bindparam("hash"))
    .with_for_update(of=_r)
)
USE_CODE = update(_k).where(_k.c.code_hash == bindparam("hash")).values(used_at=bindparam("now"))
USE_REFRESH = (
    update(_r).where(_r.c.token_hash == bindparam("hash")).values(used_at=bindparam("now"))
)
INSERT_REFRESH = insert(_r)
END_GRANT = (
    update(_g)
    .where(_g.c.id == bindparam("grant_id"), _g.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)

# A used code or token is remembered long enough to notice that it was stolen.
_now = bindparam("now", type_=DateTime(timezone=True))
DELETE_OLD_CODES = delete(_k).where(_k.c.expires_at < _now - CODES_KEPT)
DELETE_OLD_REFRESH_TOKENS = delete(_r).where(_r.c.created_at < _now - REFRESH_TOKENS_KEPT)
DELETE_EMPTY_GRANTS = delete(_g).where(
    _g.c.created_at < _now - REFRESH_TOKENS_KEPT,
    ~select(_r.c.grant_id).where(_r.c.grant_id == _g.c.id).exists(),
    ~select(_k.c.grant_id).where(_k.c.grant_id == _g.c.id).exists(),
)

# -------------------------------------------------------------------------------- token keys

INSERT_KEY = insert(_t)
SELECT_SIGNING_KEY = (
    select(_t)
    .where(_t.c.signs_from <= bindparam("now"))
    .where(or_(_t.c.published_until.is_(None), _t.c.published_until > bindparam("now")))
    .order_by(_t.c.signs_from.desc())
    .limit(1)
)
SELECT_PUBLISHED_KEYS = (
    select(_t.c.id, _t.c.public_jwk, _t.c.signs_from)
    .where(or_(_t.c.published_until.is_(None), _t.c.published_until > bindparam("now")))
    .order_by(_t.c.signs_from.desc())
)
RETIRE_OTHER_KEYS = (
    update(_t)
    .where(_t.c.id != bindparam("kept"), _t.c.published_until.is_(None))
    .values(published_until=bindparam("until"))
)
DELETE_OVER_KEYS = delete(_t).where(_t.c.published_until < bindparam("now"))

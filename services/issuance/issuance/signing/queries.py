"""Every SQL statement about signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose import VerifyKey, verify_key
from issuance.signing.tables import signing_key_changes, signing_keys

_keys = signing_keys
_PUBLIC = (
    _keys.c.id,
    _keys.c.kid,
    _keys.c.algorithm,
    _keys.c.public_key,
    _keys.c.state,
    _keys.c.not_before,
    _keys.c.sign_until,
    _keys.c.verify_until,
    _keys.c.created_at,
)
SELECT_KEYS = select(*_PUBLIC).order_by(_keys.c.not_before.desc(), _keys.c.id.desc())
SELECT_KEY_FOR_UPDATE = select(*_PUBLIC).where(_keys.c.kid == bindparam("kid")).with_for_update()
COUNT_LIVING = select(func.count()).where(_keys.c.state.in_(("planned", "active")))
# The youngest key that may sign now; two keys may be active at once.
SELECT_SIGNING_KEY = (
    select(*_PUBLIC, _keys.c.sealed_private_key)
    .where(
        _keys.c.state == "active",
        _keys.c.not_before <= bindparam("now"),
        _keys.c.sign_until > bindparam("now"),
    )
    .order_by(_keys.c.not_before.desc(), _keys.c.id.desc())
    .limit(1)
)
INSERT_KEY = insert(_keys)
UPDATE_STATE = (
    update(_keys).where(_keys.c.id == bindparam("key_id")).values(state=bindparam("new_state"))
)
INSERT_CHANGE = insert(signing_key_changes)
COUNT_CHANGES = (
    select(func.count())
    .select_from(signing_key_changes)
    .where(signing_key_changes.c.key_id == bindparam("key_id"))
)


async def all_keys(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return the public side of every key, youngest first."""
    return (await tx.execute(SELECT_KEYS)).mappings().all()


async def verify_keys(tx: AsyncConnection) -> list[VerifyKey]:
    """Return every key in the form with which tokens are checked."""
    return [
        verify_key(
            row["algorithm"],
            row["public_key"],
            not_before=row["not_before"],
            sign_until=row["sign_until"],
            verify_until=row["verify_until"],
            state=row["state"],
        )
        for row in await all_keys(tx)
    ]


async def signing_key(tx: AsyncConnection, now: datetime) -> RowMapping | None:
    """Return the key, sealed, that signs at this moment; None when none may."""
    return (await tx.execute(SELECT_SIGNING_KEY, {"now": now})).mappings().one_or_none()

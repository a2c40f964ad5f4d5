"""Every SQL statement about signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose import VerifyKey, verify_key
from issuance.signing.tables import signing_key_changes, signing_keys

_keys, _changes = signing_keys, signing_key_changes
_PUBLIC = tuple(column for column in _keys.c if column.name != "sealed_private_key")
_YOUNGEST_FIRST = (_keys.c.not_before.desc(), _keys.c.id.desc())
SELECT_KEYS = select(*_PUBLIC).order_by(*_YOUNGEST_FIRST)
SELECT_PUBLISHED_KEYS = SELECT_KEYS.where(_keys.c.published_at.is_not(None))
SELECT_KEY_FOR_UPDATE = select(*_PUBLIC).where(_keys.c.kid == bindparam("kid")).with_for_update()
COUNT_LIVING = select(func.count()).where(_keys.c.state.in_(("planned", "active")))
COUNT_EVER_ACTIVE = select(func.count()).where(_keys.c.activated_at.is_not(None))
# Several keys may sign at once, each for its part of the province.
SELECT_SIGNING_KEYS = (
    select(*_PUBLIC, _keys.c.sealed_private_key)
    .where(
        _keys.c.state == "active",
        _keys.c.not_before <= bindparam("now"),
        _keys.c.sign_until > bindparam("now"),
    )
    .order_by(*_YOUNGEST_FIRST)
)
SELECT_SEALED_FOR_UPDATE = (
    select(*_PUBLIC, _keys.c.sealed_private_key)
    .where(_keys.c.sealed_private_key.is_not(None))
    .order_by(_keys.c.id)
    .with_for_update()
)
# Whoever signs holds this together with the others who sign, whoever changes a key holds it alone:
# once a key is compromised or stopped, no batch that began before still signs under it. The queue
# of an advisory lock is fair; of row locks that many share, it is not.
KEYS_LOCK = 620_014
HOLD_KEYS_TO_SIGN = text(f"SELECT pg_advisory_xact_lock_shared({KEYS_LOCK})")
HOLD_KEYS_TO_CHANGE = text(f"SELECT pg_advisory_xact_lock({KEYS_LOCK})")

INSERT_KEY = insert(_keys)
UPDATE_PUBLISHED = (
    update(_keys)
    .where(_keys.c.id == bindparam("key_id"))
    .values(published_at=bindparam("published_at"))
)
UPDATE_ACTIVATED = (
    update(_keys)
    .where(_keys.c.id == bindparam("key_id"))
    .values(
        state="active",
        activated_at=bindparam("activated_at"),
        activated_by=bindparam("activated_by"),
        early_reason=bindparam("early_reason"),
    )
)
# A key that no longer signs has no private side any more.
UPDATE_ENDED = (
    update(_keys)
    .where(_keys.c.id == bindparam("key_id"))
    .values(state=bindparam("new_state"), sealed_private_key=None)
)
UPDATE_SEALED = (
    update(_keys)
    .where(_keys.c.id == bindparam("key_id"))
    .values(sealed_private_key=bindparam("sealed"))
)
INSERT_CHANGE = insert(_changes)
COUNT_CHANGES = (
    select(func.count()).select_from(_changes).where(_changes.c.key_id == bindparam("key_id"))
)
SELECT_CHANGES = (
    select(_changes)
    .select_from(_changes.join(_keys))
    .where(_keys.c.kid == bindparam("kid"))
    .order_by(_changes.c.at, _changes.c.id)
)
SELECT_LAST_THEFT = select(func.max(_changes.c.at)).where(_changes.c.act == "compromised")


async def last_theft(tx: AsyncConnection) -> datetime | None:
    """Return when a key was last said to be stolen: what was signed before may be under it."""
    at: datetime | None = await tx.scalar(SELECT_LAST_THEFT)
    return at


async def all_keys(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return the public side of every key, youngest first, with those not published yet."""
    return (await tx.execute(SELECT_KEYS)).mappings().all()


async def published_keys(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return the public side of every key that the world may know, youngest first."""
    return (await tx.execute(SELECT_PUBLISHED_KEYS)).mappings().all()


async def verify_keys(tx: AsyncConnection) -> list[VerifyKey]:
    """Return every published key in the form with which tokens are checked."""
    return [
        verify_key(
            row["algorithm"],
            row["public_key"],
            not_before=row["not_before"],
            sign_until=row["sign_until"],
            verify_until=row["verify_until"],
            state=row["state"],
        )
        for row in await published_keys(tx)
    ]


async def changes_of(tx: AsyncConnection, kid: str) -> Sequence[RowMapping]:
    """Return the whole history of a key, oldest first."""
    return (await tx.execute(SELECT_CHANGES, {"kid": kid})).mappings().all()


async def signing_keys_now(tx: AsyncConnection, now: datetime) -> Sequence[RowMapping]:
    """Return the keys that may sign at this moment, sealed; they stay so until the commit."""
    await tx.execute(HOLD_KEYS_TO_SIGN)
    return (await tx.execute(SELECT_SIGNING_KEYS, {"now": now})).mappings().all()

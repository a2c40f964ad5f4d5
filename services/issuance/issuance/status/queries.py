"""Every SQL statement about status lists."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.status.tables import published_lists, status_entries, status_lists

_lists, _entries, _published = status_lists, status_entries, published_lists

# The row lock makes signers queue here for a moment: two can never get the same position.
SELECT_OPEN_LIST = (
    select(_lists)
    .where(_lists.c.used < _lists.c.size)
    .order_by(_lists.c.number)
    .limit(1)
    .with_for_update()
)
SELECT_LAST_NUMBER = text("SELECT coalesce(max(number), -1) FROM status_lists")
INSERT_LIST = insert(_lists).on_conflict_do_nothing()
UPDATE_USED = (
    update(_lists)
    .where(_lists.c.number == bindparam("list_number"))
    .values(used=_lists.c.used + bindparam("taken"))
)
_ENTRY = insert(_entries)
UPSERT_ENTRY = _ENTRY.on_conflict_do_update(
    index_elements=["list_number", "index"],
    set_={"status": _ENTRY.excluded.status, "changed_at": text("now()")},
)
UPDATE_VERSION = (
    update(_lists)
    .where(_lists.c.number == bindparam("list_number"))
    .values(version=_lists.c.version + 1)
)
# Lists that say something else than what is published, or whose publication grows old.
SELECT_STALE = (
    select(_lists.c.number, _lists.c.size, _lists.c.version)
    .select_from(_lists.outerjoin(_published, _published.c.list_number == _lists.c.number))
    .where(
        _published.c.list_number.is_(None)
        | (_published.c.version < _lists.c.version)
        | (_published.c.issued_at < bindparam("older_than"))
    )
    .order_by(_lists.c.number)
    .with_for_update(of=_lists, skip_locked=True)
)
SELECT_ENTRIES = select(_entries.c.index, _entries.c.status).where(
    _entries.c.list_number == bindparam("list_number"), _entries.c.status != 0
)
_PUBLICATION = insert(_published)
UPSERT_PUBLISHED = _PUBLICATION.on_conflict_do_update(
    index_elements=["list_number"],
    set_={
        name: _PUBLICATION.excluded[name]
        for name in ("version", "token", "etag", "issued_at", "expires_at")
    },
)
SELECT_PUBLISHED = select(_published).where(_published.c.list_number == bindparam("list_number"))
SELECT_PUBLISHED_NUMBERS = select(_published.c.list_number).order_by(_published.c.list_number)


async def published(tx: AsyncConnection, list_number: int) -> RowMapping | None:
    """Return the newest signed list of this number."""
    found = await tx.execute(SELECT_PUBLISHED, {"list_number": list_number})
    return found.mappings().one_or_none()


async def stale_lists(tx: AsyncConnection, older_than: object) -> Sequence[RowMapping]:
    """Return, locked, the lists that must be published anew."""
    return (await tx.execute(SELECT_STALE, {"older_than": older_than})).mappings().all()

"""Every SQL statement about status lists."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.status.tables import publications, status_entries, status_lists

_lists, _entries, _files = status_lists, status_entries, publications

# The row lock makes signers queue here for a moment: two can never get the same position.
SELECT_OPEN_LIST = (
    select(_lists)
    .where(_lists.c.used < _lists.c.size)
    .order_by(_lists.c.number)
    .limit(1)
    .with_for_update()
)
SELECT_NUMBERS = select(_lists.c.number).order_by(_lists.c.number)
OPENING_LOCK = 620_015
HOLD_OPENING = text(f"SELECT pg_advisory_xact_lock({OPENING_LOCK})")
INSERT_NEXT_LIST = text("""
    INSERT INTO status_lists (number, secret, size)
    SELECT coalesce(max(number), -1) + 1, :secret, :size FROM status_lists
    HAVING coalesce(bool_and(used = size), true)
""")
UPDATE_USED = (
    update(_lists)
    .where(_lists.c.number == bindparam("list_number"))
    .values(used=_lists.c.used + bindparam("taken"))
)
# A status that is already said is left alone: it is no news to publish.
UPSERT_ENTRIES = text("""
    INSERT INTO status_entries (list_number, index, status, urgent)
    SELECT list_number, index, :status, :urgent
    FROM unnest(CAST(:list_numbers AS int[]), CAST(:indices AS int[])) AS place(list_number, index)
    ON CONFLICT (list_number, index) DO UPDATE
    SET status = excluded.status, changed_at = now(), urgent = true,
        changed_in = pg_current_xact_id()::text::bigint
    WHERE status_entries.status <> excluded.status
""")

# One publisher at a time; it holds this for a second and nobody else waits for it.
PUBLISHER_LOCK = 620_012
TRY_PUBLISHER_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)").bindparams(lock=PUBLISHER_LOCK)
SELECT_SNAPSHOT = text("SELECT pg_current_snapshot()::text")
# After a restore into another cluster, transaction numbers of the old one may lie in the future.
UPDATE_FOREIGN_TRANSACTIONS = text("""
    UPDATE status_entries SET changed_in = pg_current_xact_id()::text::bigint
    WHERE changed_in > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
""")
SELECT_LISTS = text("""
    SELECT number, size, file.issued_at, file.snapshot,
           pg_snapshot_xmax(CAST(file.snapshot AS pg_snapshot))
               > pg_snapshot_xmax(pg_current_snapshot()) AS is_foreign
    FROM status_lists
    LEFT JOIN publications AS file ON file.path = '/s/' || number || '.cwt'
    ORDER BY number
""")
# What a publication with this snapshot does not tell: changed by transactions it did not see.
_IS_NEWS = text("""
    changed_in >= pg_snapshot_xmin(CAST(:snapshot AS text)::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(
        changed_in::text::xid8, CAST(:snapshot AS text)::pg_snapshot
    )
""")
_OF_LIST = _entries.c.list_number == bindparam("list_number")
SELECT_URGENT_NEWS = (
    select(_entries.c.index, _entries.c.status)
    .where(_IS_NEWS, _OF_LIST, _entries.c.urgent)
    .order_by(_entries.c.index)
    .limit(bindparam("limit"))
)
HAS_NEW_CARDS = select(exists().where(_IS_NEWS, _OF_LIST, ~_entries.c.urgent))
HAS_URGENT_NEWS = select(exists().where(_IS_NEWS, _entries.c.urgent))
# One row a status: a list of a million entries is read in a fraction of the time of its rows.
SELECT_ENTRIES = text("""
    SELECT status, string_agg(int4send(index), '') AS indices FROM status_entries
    WHERE list_number = :list_number AND status <> 0 GROUP BY status
""")

_FILE = insert(_files)
UPSERT_FILE = _FILE.on_conflict_do_update(
    index_elements=["path"],
    set_={
        **{
            name: _FILE.excluded[name]
            for name in ("media_type", "body", "etag", "issued_at", "expires_at", "snapshot")
        },
        "version": _files.c.version + 1,
    },
)
SELECT_FILE = select(_files).where(_files.c.path == bindparam("file_path"))
SELECT_FILES = select(
    _files.c.path,
    _files.c.media_type,
    _files.c.issued_at,
    _files.c.expires_at,
    func.octet_length(_files.c.body).label("size_bytes"),
).order_by(_files.c.path)
SELECT_LAST_ISSUED = text("SELECT max(issued_at) FROM publications WHERE path LIKE '/s/%'")


async def file_at(tx: AsyncConnection, path: str) -> RowMapping | None:
    """Return what is published at this path."""
    return (await tx.execute(SELECT_FILE, {"file_path": path})).mappings().one_or_none()


async def list_numbers(tx: AsyncConnection) -> list[int]:
    """Return the number of every list that was opened."""
    return list((await tx.scalars(SELECT_NUMBERS)).all())


async def files(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return what is published: paths, dates and sizes, without the contents."""
    return (await tx.execute(SELECT_FILES)).mappings().all()

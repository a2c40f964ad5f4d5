"""Every SQL statement about journals and their segments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, any_, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal.chain_rules import START, Head
from redemption.journal.tables import journal_segments, journals, line_marks

HASH_BYTES = 32
_j, _s = journals.c, journal_segments.c
# A terminal's journals are begun one after the other.
LOCK_TERMINAL = text("SELECT pg_advisory_xact_lock(620032, hashtext(:terminal_id))")
START_JOURNAL = upsert(journals).on_conflict_do_nothing(index_elements=["id"])
ONE = select(journals).where(_j.id == bindparam("journal_id"))
LOCK = ONE.with_for_update()
LATEST = (
    select(journals)
    .where(_j.terminal_id == bindparam("terminal_id"))
    .order_by(_j.quarantined_at.is_(None).desc(), _j.started_at.desc(), _j.id.desc())
    .limit(1)
)
LATEST_OF_MANY = (
    select(_j.terminal_id, _j.started_at, _j.last_received_at, _j.quarantined_at)
    .ext(distinct_on(_j.terminal_id))
    .where(_j.terminal_id == any_(bindparam("terminal_ids", type_=ARRAY(Uuid))))
    .order_by(
        _j.terminal_id, _j.quarantined_at.is_(None).desc(), _j.started_at.desc(), _j.id.desc()
    )
)
SEGMENTS = (
    select(_s.first_sequence, _s.last_sequence, _s.hashes, _s.act_ids, _s.codes)
    .where(
        _s.journal_id == bindparam("journal_id"),
        _s.last_sequence >= bindparam("first"),
        _s.first_sequence <= bindparam("last"),
    )
    .order_by(_s.first_sequence)
)
ADD_SEGMENT = insert(journal_segments)
SEALED = select(_s.first_sequence, _s.segment_id, _s.received_at, _s.sealed_lines).where(
    _s.journal_id == bindparam("journal_id"),
    _s.first_sequence <= bindparam("sequence"),
    _s.last_sequence >= bindparam("sequence"),
)
ADVANCE = (
    update(journals)
    .where(_j.id == bindparam("journal_id"))
    .values(
        last_sequence=bindparam("sequence"),
        last_hash=bindparam("hash"),
        last_received_at=bindparam("at"),
    )
)
PUT_ASIDE = (
    update(journals)
    .where(_j.id == bindparam("journal_id"), _j.quarantined_at.is_(None))
    .values(quarantined_at=bindparam("at"))
)
# A line that comes again has its marks.
ADD_MARKS = upsert(line_marks).on_conflict_do_nothing(index_elements=["redemption_id"])
MARKS_OF = select(line_marks.c.redemption_id, line_marks.c.marks).where(
    line_marks.c.redemption_id == any_(bindparam("act_ids", type_=ARRAY(Uuid)))
)


def head_of(row: RowMapping) -> Head:
    """Return where a journal stands."""
    return Head(row["last_sequence"], row["last_hash"], row["quarantined_at"] is not None)


async def find(tx: AsyncConnection, journal_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a journal; held until the transaction ends if asked."""
    found = await tx.execute(LOCK if lock else ONE, {"journal_id": journal_id})
    return found.mappings().one_or_none()


async def latest(tx: AsyncConnection, terminal_id: UUID) -> RowMapping | None:
    """Return a terminal's open journal, or else the one it began last."""
    found = await tx.execute(LATEST, {"terminal_id": terminal_id})
    return found.mappings().one_or_none()


async def latest_of_many(
    tx: AsyncConnection, terminal_ids: Sequence[UUID]
) -> dict[UUID, RowMapping]:
    """Return how the latest journal of each of several terminals stands, for their list."""
    found = await tx.execute(LATEST_OF_MANY, {"terminal_ids": list(terminal_ids)})
    return {row["terminal_id"]: row for row in found.mappings()}


async def start(
    tx: AsyncConnection, *, journal_id: UUID, terminal_id: UUID, partner_id: UUID, at: datetime
) -> None:
    """Write a journal that has no lines yet."""
    row = {"id": journal_id, "terminal_id": terminal_id, "partner_id": partner_id}
    beginning = {"started_at": at, "last_sequence": 0, "last_hash": START}
    await tx.execute(START_JOURNAL, {**row, **beginning})


async def taken_between(
    tx: AsyncConnection, journal_id: UUID, first: int, last: int
) -> dict[int, tuple[str, UUID, str]]:
    """Return hash, act and code of the lines that were taken, by number."""
    asked = {"journal_id": journal_id, "first": first, "last": last}
    found: dict[int, tuple[str, UUID, str]] = {}
    for row in await tx.execute(SEGMENTS, asked):
        hashes = bytes(row.hashes).hex()
        for place, (act_id, code) in enumerate(zip(row.act_ids, row.codes, strict=True)):
            one = hashes[2 * HASH_BYTES * place : 2 * HASH_BYTES * (place + 1)]
            found[row.first_sequence + place] = (one, act_id, code)
    return found


async def add_segment(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Keep a segment and move its journal forward."""
    await tx.execute(ADD_SEGMENT, {name: value for name, value in row.items() if name != "hash"})
    await tx.execute(
        ADVANCE,
        {
            "journal_id": row["journal_id"],
            "sequence": row["last_sequence"],
            "hash": row["hash"],
            "at": row["received_at"],
        },
    )


async def add_marks(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Note what is to be said of accepted lines."""
    if rows:
        await tx.execute(ADD_MARKS, rows)


async def marks_of(tx: AsyncConnection, act_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return what was noted of accepted lines."""
    found = await tx.execute(MARKS_OF, {"act_ids": list(act_ids)})
    return {row.redemption_id: tuple(row.marks) for row in found}


async def sealed_of(tx: AsyncConnection, journal_id: UUID, sequence: int) -> RowMapping | None:
    """Return the sealed segment in which a line came."""
    found = await tx.execute(SEALED, {"journal_id": journal_id, "sequence": sequence})
    return found.mappings().one_or_none()

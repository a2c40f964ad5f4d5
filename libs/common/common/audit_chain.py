"""The hash chain over the audit log: one worker appends behind the requests that only insert."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import tables

CHAIN_BATCH = 2000
# A row can commit after a younger one: the chain takes rows only when they have settled.
SETTLE_S = 10
CHAIN_LOCK = 620_003
FIRST_HASH = bytes(32)
# Where to look for rows that are not chained yet: none is written by a transaction this long.
LOOK_BACK = timedelta(hours=1)
BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)

_log, _chain = tables.audit_log, tables.audit_chain
LAST_LINK = (
    select(_chain.c.position, _chain.c.hash, _log.c.at)
    .select_from(_chain.outerjoin(_log, _log.c.id == _chain.c.audit_id))
    .order_by(_chain.c.position.desc())
    .limit(1)
)
UNCHAINED_IDS = (
    select(_log.c.id)
    .where(_log.c.at < text(f"clock_timestamp() - interval '{SETTLE_S} seconds'"))
    .where(~select(_chain.c.audit_id).where(_chain.c.audit_id == _log.c.id).exists())
)
UNCHAINED = (
    select(_log)
    .where(_log.c.id.in_(UNCHAINED_IDS.where(_log.c.at >= bindparam("since"))))
    .order_by(_log.c.at, _log.c.id)
    .limit(CHAIN_BATCH)
)
APPEND = insert(_chain)


def link(previous: bytes, row: Mapping[str, Any] | RowMapping) -> bytes:
    """Return the hash of a log row behind another: SHA-256 over the previous hash and the row."""
    facts = [
        str(row["id"]),
        row["at"].isoformat(),
        row["actor"],
        row["actor_name"],
        row["action"],
        row["subject_type"],
        row["subject_id"],
        row["region_code"],
        row["details"],
        row["request_id"],
    ]
    body = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + body.encode()).digest()


async def extend_chain(tx: AsyncConnection) -> int:
    """Append the settled rows to the chain; return how many. Only one process does it at a time."""
    if not await tx.scalar(text(f"SELECT pg_try_advisory_xact_lock({CHAIN_LOCK})")):
        return 0
    last = (await tx.execute(LAST_LINK)).one_or_none()
    position, previous = (last.position, last.hash) if last else (0, FIRST_HASH)
    since = last.at - LOOK_BACK if last and last.at else BEFORE_EVERYTHING
    links = []
    for row in (await tx.execute(UNCHAINED, {"since": since})).mappings():
        position += 1
        here = link(previous, row)
        links.append(
            {"position": position, "audit_id": row["id"], "previous_hash": previous, "hash": here}
        )
        previous = here
    if links:
        await tx.execute(APPEND, links)
    return len(links)

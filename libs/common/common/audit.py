"""Who did or read what: an append-only log, and a hash chain over it that shows any change.

Requests only insert. One worker appends the chain behind them, so that a busy counter never
queues for the last link.

What it shows and what not: a row that was edited, removed, put elsewhere or slipped in breaks
the chain. Whoever owns the database can cut off its end, or make the whole chain anew; that is
seen only against a checkpoint kept elsewhere. The worker logs one every ten minutes (logs leave
the machine), and:

`python -m common.audit SERVICE`                     verifies, and prints the checkpoint of now
`python -m common.audit SERVICE --since POSITION:HASH`  verifies that this checkpoint still holds
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import structlog
import typer
from sqlalchemy import RowMapping, bindparam, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import ids, tables
from common.auth.principal import Principal
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.settings import ServerSettings

CHAIN_BATCH = 2000
# A row can commit after a younger one: the chain takes rows only when they have settled.
SETTLE_S = 10
CHAIN_LOCK = 620_003
FIRST_HASH = bytes(32)
# Where to look for rows that are not chained yet: none is written by a transaction this long.
LOOK_BACK = timedelta(hours=1)
BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)

_log, _chain = tables.audit_log, tables.audit_chain
INSERT = insert(_log)
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
# Rows that were slipped in with an old date, or whose link was removed.
COUNT_LEFT_OUT = select(func.count()).select_from(
    UNCHAINED_IDS.where(_log.c.at < bindparam("before")).subquery()
)
HASH_AT = select(_chain.c.hash).where(_chain.c.position == bindparam("position"))
APPEND = insert(_chain)
WALK = (
    select(_chain.c.position, _chain.c.previous_hash, _chain.c.hash, _log)
    .select_from(_chain.outerjoin(_log, _log.c.id == _chain.c.audit_id))
    .where(_chain.c.position > bindparam("after"))
    .order_by(_chain.c.position)
    .limit(CHAIN_BATCH)
)


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """What walking the chain has shown."""

    length: int
    # The first position that does not hold; None when all do.
    broken_at: int | None
    # Settled rows behind the end of the chain's time that have no link.
    left_out: int
    last_hash: bytes

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return self.broken_at is None and self.left_out == 0


async def record(
    tx: AsyncConnection,
    principal: Principal,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    region_code: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note that someone did `action` ("household.read") to one subject. No personal data here."""
    await tx.execute(
        INSERT,
        {
            "id": ids.new_id(),
            "actor": principal.subject,
            "actor_name": principal.name,
            "action": action,
            "subject_type": subject_type,
            "subject_id": str(subject_id),
            "region_code": region_code,
            "details": dict(details or {}),
            "request_id": principal.request_id,
        },
    )


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


async def verify(tx: AsyncConnection) -> Finding:
    """Walk the whole chain; return how long it is and what does not hold."""
    position, previous = 0, FIRST_HASH
    last_at = BEFORE_EVERYTHING
    while rows := (await tx.execute(WALK, {"after": position})).mappings().all():
        for row in rows:
            whole = row["id"] is not None and row["previous_hash"] == previous
            if not whole or row["position"] != position + 1 or link(previous, row) != row["hash"]:
                return Finding(position, int(row["position"]), 0, previous)
            position, previous, last_at = int(row["position"]), row["hash"], row["at"]
    left_out = await tx.scalar(COUNT_LEFT_OUT, {"before": last_at - LOOK_BACK})
    return Finding(position, None, int(left_out or 0), previous)


async def still_holds(tx: AsyncConnection, position: int, chain_hash: bytes) -> bool:
    """Tell whether a checkpoint that was kept elsewhere is still what the chain says."""
    found: bytes | None = await tx.scalar(HASH_AT, {"position": position})
    return found == chain_hash


async def log_checkpoint(tx: AsyncConnection) -> None:
    """Write the end of the chain to the log, which is kept where the database's owner is not."""
    last = (await tx.execute(LAST_LINK)).one_or_none()
    if last is not None:
        log.info("audit checkpoint", count=last.position, chain_hash=last.hash.hex())


async def _check(service: str, since: str) -> tuple[Finding, bool]:
    engine = new_engine(
        ServerSettings().database_url,
        application_name=f"{service} audit",
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    try:
        async with engine.begin() as tx:
            position, _, chain_hash = since.partition(":")
            kept = not since or await still_holds(tx, int(position), bytes.fromhex(chain_hash))
            return await verify(tx), kept
    finally:
        await engine.dispose()


def main(
    service: str,
    since: Annotated[str, typer.Option(help="a checkpoint kept elsewhere: POSITION:HASH")] = "",
) -> None:
    """Verify the audit chain of SERVICE; exit 1 and say what is wrong when it does not hold."""
    found, kept = asyncio.run(_check(service, since))
    if found.broken_at is not None:
        typer.echo(f"audit chain of {service} is broken at position {found.broken_at}", err=True)
    if found.left_out:
        typer.echo(f"{found.left_out} rows of {service} were never chained", err=True)
    if not kept:
        typer.echo(f"the chain of {service} no longer contains checkpoint {since}", err=True)
    if not (found.holds and kept):
        raise typer.Exit(1)
    typer.echo(f"audit chain of {service} holds: {found.length} links")
    typer.echo(f"checkpoint: {found.length}:{found.last_hash.hex()}")


if __name__ == "__main__":
    typer.run(main)

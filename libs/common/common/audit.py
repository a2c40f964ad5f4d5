"""Who did or read what: an append-only log, and a hash chain over it that shows any change.

Requests only insert. One worker appends the chain behind them, so that a busy counter never
queues for the last link. `python -m common.audit SERVICE` verifies the whole chain.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import typer
from sqlalchemy import RowMapping, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import ids, tables
from common.auth.principal import Principal
from common.database import new_engine

CHAIN_BATCH = 2000
# A row can commit after a younger one: the chain takes rows only when they have settled.
SETTLE_S = 10
CHAIN_LOCK = 620_003
FIRST_HASH = bytes(32)

_log, _chain = tables.audit_log, tables.audit_chain
INSERT = insert(_log)
LAST_LINK = select(_chain.c.position, _chain.c.hash).order_by(_chain.c.position.desc()).limit(1)
UNCHAINED = (
    select(_log)
    .where(_log.c.at < text(f"clock_timestamp() - interval '{SETTLE_S} seconds'"))
    .where(~select(_chain.c.audit_id).where(_chain.c.audit_id == _log.c.id).exists())
    .order_by(_log.c.at, _log.c.id)
    .limit(CHAIN_BATCH)
)
APPEND = insert(_chain)
WALK = (
    select(_chain.c.position, _chain.c.previous_hash, _chain.c.hash, _log)
    .select_from(_chain.outerjoin(_log, _log.c.id == _chain.c.audit_id))
    .where(_chain.c.position > bindparam("after"))
    .order_by(_chain.c.position)
    .limit(CHAIN_BATCH)
)


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
    links = []
    for row in (await tx.execute(UNCHAINED)).mappings():
        position += 1
        here = link(previous, row)
        links.append(
            {"position": position, "audit_id": row["id"], "previous_hash": previous, "hash": here}
        )
        previous = here
    if links:
        await tx.execute(APPEND, links)
    return len(links)


async def verify(tx: AsyncConnection) -> tuple[int, int | None]:
    """Walk the chain; return its length and the first position that does not hold, or None."""
    position, previous = 0, FIRST_HASH
    while True:
        rows = (await tx.execute(WALK, {"after": position})).mappings().all()
        if not rows:
            return position, None
        for row in rows:
            whole = row["id"] is not None and row["previous_hash"] == previous
            if not whole or row["position"] != position + 1 or link(previous, row) != row["hash"]:
                return position, int(row["position"])
            position, previous = int(row["position"]), row["hash"]


def main(service: str) -> None:
    """Verify the audit chain of SERVICE; exit 1 and name the first bad link when it is broken."""
    import os

    async def check() -> tuple[int, int | None]:
        engine = new_engine(
            os.environ["DATABASE_URL"], application_name=f"{service} audit", statement_timeout_s=600
        )
        async with engine.begin() as tx:
            found = await verify(tx)
        await engine.dispose()
        return found

    length, broken = asyncio.run(check())
    if broken is not None:
        typer.echo(f"audit chain of {service} is broken at position {broken}", err=True)
        raise typer.Exit(1)
    typer.echo(f"audit chain of {service} holds: {length} links")


if __name__ == "__main__":
    typer.run(main)

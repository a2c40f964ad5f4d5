"""Who did or read what: an append-only log, and a hash chain over it that shows any change.

Requests only insert. One worker appends the chain behind them (`audit_chain`), so that a busy
counter never queues for the last link, and signs its end every ten minutes (`audit_checkpoint`).

What it shows and what not: a row that was edited, removed, put elsewhere or slipped in breaks
the chain, and a chain made anew disagrees with the checkpoints, which the owner of the database
cannot sign. Cutting off the end together with its checkpoints is seen only against one that is
kept elsewhere (each is logged, and logs leave the machine):

`python -m common.audit SERVICE`                        verifies all and names what was altered
`python -m common.audit SERVICE --since POSITION:HASH`  and that this checkpoint still holds
`python -m common.audit SERVICE --key PUBLICKEY`        and believes no other key
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common import ids, tables
from common.audit_chain import CHAIN_LOCK, extend_chain, link
from common.audit_checkpoint import CheckpointFinding, verify_checkpoints
from common.audit_walk import Break, Finding, still_holds, verify
from common.auth.principal import Principal
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.settings import ServerSettings

INSERT = insert(tables.audit_log)
# As in `common.logs`, but never a part of a hash or an id.
NUMBER = re.compile(r"(?<![0-9A-Za-z.-])\d(?:[ .]?\d){15}(?![0-9A-Za-z-])")

__all__ = [
    "CHAIN_LOCK",
    "Break",
    "Finding",
    "entry",
    "extend_chain",
    "link",
    "record",
    "record_all",
    "still_holds",
    "verify",
]


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
    one = entry(
        principal, action, subject_type, subject_id, region_code=region_code, details=details
    )
    await tx.execute(INSERT, one)


async def record_all(tx: AsyncConnection, entries: Sequence[dict[str, Any]]) -> None:
    """Note several of what `entry` returns at once."""
    if entries:
        await tx.execute(INSERT, list(entries))


def entry(
    principal: Principal,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    region_code: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what `record` would note, for record_all."""
    return {
        "id": ids.new_id(),
        "actor": principal.subject,
        "actor_name": principal.name,
        "action": action,
        "subject_type": subject_type,
        "subject_id": str(subject_id),
        "region_code": region_code,
        "details": {key: _plain(value) for key, value in (details or {}).items()},
        "request_id": principal.request_id,
    }


def _plain(value: Any) -> Any:
    """Keep a NIK or KK number that somebody typed as a reason out of what cannot be erased."""
    return NUMBER.sub("[16 digit]", value) if isinstance(value, str) else value


async def _check(service: str, since: str, key: str) -> tuple[Finding, CheckpointFinding, bool]:
    engine = new_engine(
        ServerSettings().database_url,
        application_name=f"{service} audit",
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    try:
        async with engine.begin() as tx:
            position, _, chain_hash = since.partition(":")
            kept = not since or await still_holds(tx, int(position), bytes.fromhex(chain_hash))
            signed = await verify_checkpoints(tx, service, key)
            return await verify(tx), signed, kept
    finally:
        await engine.dispose()


def main(
    service: str,
    since: Annotated[str, typer.Option(help="a checkpoint kept elsewhere: POSITION:HASH")] = "",
    key: Annotated[str, typer.Option(help="the public key kept elsewhere, in hexadecimal")] = "",
) -> None:
    """Verify the audit chain of SERVICE; exit 1 and say what is wrong when it does not hold."""
    found, signed, kept = asyncio.run(_check(service, since, key))
    if found.broken_at is not None:
        typer.echo(f"audit chain of {service} is broken at position {found.broken_at}", err=True)
    for one in found.breaks:
        typer.echo(f"  {one}", err=True)
    if found.left_out:
        typer.echo(f"{found.left_out} rows of {service} were never chained", err=True)
    for problem in signed.problems:
        typer.echo(problem, err=True)
    if not kept:
        typer.echo(f"the chain of {service} no longer contains checkpoint {since}", err=True)
    if not (found.holds and kept and not signed.problems):
        raise typer.Exit(1)
    typer.echo(f"audit chain of {service} holds: {found.length} links")
    typer.echo(f"signed checkpoints: {signed.count}, by key {', '.join(signed.keys) or '(none)'}")
    typer.echo(f"checkpoint: {found.length}:{found.last_hash.hex()}")


if __name__ == "__main__":
    typer.run(main)

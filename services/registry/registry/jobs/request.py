"""Asking for a job, in the transaction that makes it necessary, and seeing how far it is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.ids import new_id
from registry.jobs import queries


async def request(
    tx: AsyncConnection,
    caller: Principal,
    kind: str,
    subject_id: UUID,
    arguments: Mapping[str, Any] | None = None,
) -> UUID:
    """Ask for a job; it starts once this transaction has committed."""
    job_id = new_id()
    await tx.execute(
        queries.INSERT,
        {
            "id": job_id,
            "kind": kind,
            "subject_id": subject_id,
            "arguments": dict(arguments or {}),
            "requested_by": caller.subject,
            "requested_by_name": caller.name,
        },
    )
    return job_id


async def latest(tx: AsyncConnection, subject_id: UUID) -> RowMapping | None:
    """Return the newest job about a subject, or None."""
    found = await tx.execute(queries.LATEST, {"subject_id": subject_id})
    return found.mappings().one_or_none()


async def waiting(tx: AsyncConnection, kind: str) -> int:
    """Return how many jobs of a kind are not finished."""
    return int(await tx.scalar(queries.UNFINISHED, {"kind": kind}) or 0)

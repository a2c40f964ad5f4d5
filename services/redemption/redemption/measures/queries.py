"""Every SQL statement about limits, clocks and thresholds."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

CURRENT = text("""
    SELECT DISTINCT ON (code) id, code, settings FROM measures
    WHERE topic = :topic AND state = 'approved' ORDER BY code, decided_at DESC, id DESC
""")
CURRENT_ONE = text("""
    SELECT id, code, settings FROM measures
    WHERE topic = :topic AND code = :code AND state = 'approved'
    ORDER BY decided_at DESC, id DESC LIMIT 1
""")
ALL = text("""
    SELECT * FROM measures ORDER BY topic, code, decided_at DESC NULLS FIRST, id DESC LIMIT 1000
""")
LOCK = text("SELECT * FROM measures WHERE id = :id FOR UPDATE")
ONE = text("SELECT * FROM measures WHERE id = :id")
PROPOSE = text("""
    INSERT INTO measures (id, topic, code, settings, reason, proposed_by, proposed_by_name)
    VALUES (:id, :topic, :code, CAST(:settings AS jsonb), :reason, :by, :by_name)
    ON CONFLICT DO NOTHING RETURNING id
""")
DECIDE = text("""
    UPDATE measures SET state = :state, decided_by = :by, decided_by_name = :by_name,
        decided_at = now()
    WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class Measure:
    """A version that holds: what is set, and which row says so."""

    id: UUID
    code: str
    settings: dict[str, int]


async def current(tx: AsyncConnection, topic: str) -> dict[str, Measure]:
    """Return what holds now, by code."""
    found = await tx.execute(CURRENT, {"topic": topic})
    return {row.code: Measure(row.id, row.code, row.settings) for row in found}


async def current_one(tx: AsyncConnection, topic: str, code: str) -> Measure | None:
    """Return what holds now for one code, or None when nothing was ever set."""
    row = (await tx.execute(CURRENT_ONE, {"topic": topic, "code": code})).one_or_none()
    return Measure(row.id, row.code, row.settings) if row else None


async def every_version(tx: AsyncConnection) -> list[RowMapping]:
    """Return all versions, what waits first, then the newest."""
    return list((await tx.execute(ALL)).mappings())


async def find(tx: AsyncConnection, measure_id: UUID, *, held: bool = False) -> RowMapping | None:
    """Return one version; with `held`, nobody else decides it meanwhile."""
    asked: dict[str, Any] = {"id": measure_id}
    return (await tx.execute(LOCK if held else ONE, asked)).mappings().one_or_none()

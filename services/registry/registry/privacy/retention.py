"""Doing away with what is kept longer than its rule says, in bounded batches.

Tombstones and the audit log are kept: that something was erased, when and why, stays known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit
from common.auth.principal import Principal
from registry.privacy import retention_queries as queries
from registry.privacy.erase import Buried, erase

BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """One rule, and how many records are over its time."""

    rule: RowMapping
    before: datetime
    records: int


async def due(tx: AsyncConnection, now: datetime) -> Sequence[Due]:
    """Return for each active rule what is over its time; changes nothing."""
    found = []
    for rule in (await tx.execute(queries.RULES)).mappings().all():
        before = now - timedelta(days=rule["keep_days"])
        over = queries.OVER[rule["record_kind"]]
        count = await tx.scalar(over.count, {"before": before}) if rule["is_active"] else 0
        found.append(Due(rule, before, int(count or 0)))
    return found


async def dry_run(engine: AsyncEngine, now: datetime) -> Sequence[Due]:
    """Return what would be done away with, in a transaction that cannot write."""
    async with engine.begin() as tx:
        await tx.execute(queries.READ_ONLY)
        return await due(tx, now)


async def apply(engine: AsyncEngine, caller: Principal, now: datetime) -> dict[str, int]:
    """Do away with everything that is over its time; return how many records of each kind."""
    done: dict[str, int] = {}
    for one in await dry_run(engine, now):
        kind = one.rule["record_kind"]
        done[kind] = 0
        while one.records:
            async with engine.begin() as tx:
                count = await _batch(tx, caller, one)
            if not count:
                break
            done[kind] += count
    return done


async def _batch(tx: AsyncConnection, caller: Principal, one: Due) -> int:
    kind = one.rule["record_kind"]
    over = queries.OVER[kind]
    values = {"before": one.before, "rows": BATCH_ROWS}
    if over.act is not None:
        result = cast("CursorResult[Any]", await tx.execute(over.act, values))
        count = int(result.rowcount)
    else:
        assert over.batch is not None  # noqa: S101 - a rule either acts or names people
        people = [Buried(**row) for row in (await tx.execute(over.batch, values)).mappings()]
        count = len(people)
        if people:
            await erase(tx, caller, people, record_kind=kind)
    if count:
        details = {"records": count, "basis": one.rule["legal_basis"]}
        await audit.record(tx, caller, "retention.applied", "retention_rule", kind, details=details)
    return count

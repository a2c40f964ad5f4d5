"""Waiting until somebody waits: for tests that hold something in the database meanwhile."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.redemption.world import World

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock' AND :own = ANY (pg_blocking_pids(pid))"
)
OWN_PID = text("SELECT pg_backend_pid()")
WITHIN_S = 60


async def until_somebody_waits(world: World, holder: AsyncConnection) -> None:
    """Return once another connection waits for what this one holds."""
    own = await holder.scalar(OWN_PID)
    async with asyncio.timeout(WITHIN_S), world.engine.connect() as tx:
        while not await tx.scalar(WAITING, {"own": own}):
            await tx.commit()

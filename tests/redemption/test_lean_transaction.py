"""The till's transaction: committed or undone, whatever happens in it, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests.redemption.locks import until_somebody_waits
from tests.redemption.world import World

from common.database import is_database_away, new_engine
from redemption.redeeming import lean_transaction as lean
from redemption.redeeming.lean_transaction import lean_transaction
from redemption.redeeming.statement_queries import BEGIN

WRITE = text("INSERT INTO lean_moves VALUES (1)")
COUNT = text("SELECT count(*) FROM lean_moves")
FAULT = text("SELECT 1 / 0")
HOLD = "SELECT pg_advisory_xact_lock(7700)"
SETTINGS = text("SELECT current_setting('enable_seqscan')")


@pytest.fixture
async def engine(world: World) -> AsyncIterator[AsyncEngine]:
    """One connection, so that what is left on it is found."""
    made = new_engine(world.settings.database_url, application_name="lean", pool_size=1)
    async with made.begin() as tx:
        await tx.execute(text("CREATE TABLE lean_moves (n int)"))
    yield made
    async with world.engine.begin() as tx:
        await tx.execute(text("DROP TABLE lean_moves"))
    await made.dispose()


async def is_as_before(engine: AsyncEngine, lines: int) -> bool:
    """Whether so many lines are there, and the connection is as it was before."""
    async with engine.begin() as tx:
        return (await tx.scalar(COUNT), await tx.scalar(SETTINGS)) == (lines, "on")


async def during(engine: AsyncEngine, act: Callable[[AsyncConnection], Awaitable[Any]]) -> None:
    """Write a line, and then let something happen in the same transaction."""
    async with lean_transaction(engine) as tx:
        assert await tx.scalar(SETTINGS) == "off"
        await tx.execute(WRITE)
        await act(tx)


async def test_what_is_written_is_committed(engine: AsyncEngine):
    await during(engine, lambda tx: tx.execute(WRITE))
    assert await is_as_before(engine, 2)


async def test_what_fails_is_undone(engine: AsyncEngine):
    with pytest.raises(DBAPIError):
        await during(engine, lambda tx: tx.execute(FAULT))
    assert await is_as_before(engine, 0)


async def test_a_fault_that_nobody_noticed_is_not_taken_for_a_commit(engine: AsyncEngine):
    async def hide(tx: AsyncConnection) -> None:
        with suppress(DBAPIError):
            await tx.execute(FAULT)

    with pytest.raises(RuntimeError, match="undone"):
        await during(engine, hide)
    assert await is_as_before(engine, 0)


async def test_whoever_goes_away_in_the_middle_leaves_nothing_behind(engine: AsyncEngine):
    is_written = asyncio.Event()

    async def linger(tx: AsyncConnection) -> None:
        is_written.set()
        await tx.execute(text("SELECT pg_sleep(3)"))

    task = asyncio.create_task(during(engine, linger))
    await is_written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_as_before(engine, 0)


async def test_a_connection_that_ends_before_the_commit_is_told_as_such(
    world: World, engine: AsyncEngine
):
    async def end(tx: AsyncConnection) -> None:
        pid = await tx.scalar(text("SELECT pg_backend_pid()"))
        async with world.engine.connect() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})

    with pytest.raises(DBAPIError) as told:
        await during(engine, end)
    assert is_database_away(told.value)
    assert await is_as_before(engine, 0)


async def test_whoever_goes_away_while_it_begins_leaves_nothing_behind(
    world: World, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lean, "BEGIN", f"{BEGIN}; {HOLD}")
    async with world.engine.begin() as holder:
        await holder.execute(text(HOLD))
        task = asyncio.create_task(during(engine, lambda tx: tx.execute(WRITE)))
        await until_somebody_waits(world, holder)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await is_as_before(engine, 0)

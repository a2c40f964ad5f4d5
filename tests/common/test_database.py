"""Transactions end before the answer, and every call to PostgreSQL ends."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Annotated, Any

import httpx2 as httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests import servers
from tests.clients import serving
from tests.common import an_app, scenes

from common import database
from common.api import new_router
from common.database import in_transaction, is_database_away, new_engine, transaction


@pytest.fixture(scope="module")
async def url(new_database: Callable[[str], str]) -> str:
    made = await asyncio.to_thread(new_database, "registry")
    engine = new_engine(made, application_name="test")
    await scenes.run(engine, an_app.DEFERRED)
    await engine.dispose()
    return made


@pytest.fixture(scope="module")
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(an_app.new_app(url)) as made:
        yield made


@pytest.fixture
def race() -> dict[str, Any]:
    an_app.seen.update(tries=0, losses=0, sqlstate="40001", bodies=[])
    return an_app.seen


async def test_a_commit_that_fails_is_an_error_and_never_a_success(client: httpx.AsyncClient):
    assert (await client.post("/notes", json={"id": "one"})).status_code == 200
    again = await client.post("/notes", json={"id": "one"})
    assert again.status_code == 500
    assert again.json()["code"] == "internal_error"


async def test_fastapis_default_scope_would_have_said_success(url: str):
    """The negative control: the same route, its transaction in the default scope."""
    app = FastAPI()
    app.state.engine = new_engine(url, application_name="test")
    default = Annotated[AsyncConnection, Depends(transaction)]

    @app.post("/notes")
    async def post_note(tx: default) -> dict[str, str]:
        await tx.execute(text("INSERT INTO notes VALUES ('same'), ('same')"))
        return {}

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.post("/notes")).status_code == 200
    await app.state.engine.dispose()


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_a_lost_race_is_run_again_with_the_same_body(
    client: httpx.AsyncClient, url: str, race: dict[str, Any], sqlstate: str
):
    race.update(losses=2, sqlstate=sqlstate)
    answer = await client.post("/races", json={"id": f"body {sqlstate}"})
    assert (answer.status_code, answer.json()) == (200, {"tries": 3})
    assert race["bodies"] == [f"body {sqlstate}"] * 3
    engine = new_engine(url, application_name="test")
    left = "SELECT count(*) FROM notes WHERE id LIKE 'race %'"
    # What the lost tries wrote is gone with them.
    assert await scenes.scalar(engine, left) == 1
    await scenes.run(engine, "DELETE FROM notes WHERE id LIKE 'race %'")
    await engine.dispose()


async def test_a_race_lost_too_often_asks_to_repeat(
    client: httpx.AsyncClient, race: dict[str, Any]
):
    race.update(losses=99)
    answer = await client.post("/races", json={"id": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
    assert race["tries"] == database.TRIES_MAX


async def test_other_errors_are_not_tried_again(client: httpx.AsyncClient, race: dict[str, Any]):
    race.update(losses=99, sqlstate="22012")
    answer = await client.post("/races", json={"id": "x"})
    assert answer.status_code == 500
    assert race["tries"] == 1


async def test_an_upload_is_not_tried_again(client: httpx.AsyncClient, race: dict[str, Any]):
    answer = await client.post("/uploads", files={"word": (None, "x")})
    assert answer.status_code == 503
    assert race["tries"] == 1


async def test_a_commit_that_loses_the_race_is_run_again_too():
    """Serialization failures come at commit: our own stack is ended inside of the retry."""
    commits: list[str] = []

    async def tx():
        yield
        commits.append("commit")
        if len(commits) < 3:
            raise DBAPIError("COMMIT", None, SimpleNamespace(sqlstate="40001"))  # type: ignore[arg-type]

    app = FastAPI()
    router = new_router()

    @router.post("/")
    async def post(_tx: Annotated[None, Depends(tx, scope="function")]) -> dict[str, str]:
        return {}

    app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.post("/")).status_code == 200
    assert commits == ["commit"] * 3


async def test_the_two_tries_of_a_request_never_hold_two_connections(
    url: str, race: dict[str, Any]
):
    race.update(losses=2)
    async with serving(an_app.new_app(url, db_pool_size=1)) as client:
        assert (await client.post("/races", json={"id": "x"})).status_code == 200


async def test_every_connection_has_its_limits(client: httpx.AsyncClient):
    found = (await client.get("/settings")).json()
    expected = {
        "statement_timeout": "4000",
        "lock_timeout": "2000",
        "idle_in_transaction_session_timeout": "5000",
        "client_connection_check_interval": "250",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "jit": "off",
        "application_name": "registry api",
    }
    assert {name: found[name] for name in expected} == expected


async def test_a_statement_that_takes_too_long_asks_to_repeat(url: str):
    async with serving(an_app.new_app(url)) as client:
        client_app = client._transport.app  # type: ignore[attr-defined]
        await client_app.state.engine.dispose()
        client_app.state.engine = new_engine(url, application_name="test", statement_timeout_s=1)
        answer = await client.get("/slow")
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")


async def test_a_frozen_backend_ends_within_the_drivers_own_limit(url: str):
    engine = new_engine(url, application_name="test", statement_timeout_s=1)
    async with engine.connect() as connection:
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            with pytest.raises(Exception) as raised:  # noqa: PT011 - any, if it is an outage
                await connection.execute(text("SELECT 1"))
        finally:
            os.kill(pid, signal.SIGCONT)
        assert is_database_away(raised.value)
        # A second of statement, one of the driver's, and what asyncpg gives a cancel request.
        assert time.monotonic() - began < 6
    assert await scenes.scalar(engine, "SELECT 1") == 1
    await engine.dispose()


async def test_a_pool_without_a_free_connection_asks_to_repeat(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "POOL_TIMEOUT_S", 0.3)
    async with serving(an_app.new_app(url, db_pool_size=1)) as client:
        first = asyncio.create_task(client.get("/slow", params={"seconds": 1.5}))
        engine = client._transport.app.state.engine  # type: ignore[attr-defined]
        await scenes.until(lambda: _is_all_taken(engine))
        answer = await client.get("/settings")
        assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
        assert (await first).status_code == 200
        assert (await client.get("/settings")).status_code == 200


async def _is_all_taken(engine: AsyncEngine) -> bool:
    return bool(engine.pool.checkedout() == 1)  # type: ignore[attr-defined]


async def test_cancelled_requests_leave_no_busy_backend(url: str):
    async with serving(an_app.new_app(url, db_pool_size=5)) as client:
        requests = [asyncio.create_task(client.get("/slow")) for _ in range(20)]
        engine = new_engine(url, application_name="watcher")
        busy = """SELECT count(*) FROM pg_stat_activity WHERE application_name = 'registry api'
                  AND datname = current_database() AND state IN ('active', 'idle in transaction')"""

        async def all_busy() -> bool:
            return bool(await scenes.scalar(engine, busy) == 5)

        async def none_busy() -> bool:
            return bool(await scenes.scalar(engine, busy) == 0)

        await scenes.until(all_busy)
        for request in requests:
            request.cancel()
        await asyncio.wait(requests)
        await scenes.until(none_busy, within_s=2)
        assert (await client.get("/settings")).status_code == 200
        await engine.dispose()


async def test_a_client_that_vanishes_is_noticed_by_postgresql(url: str):
    """As after `kill -9` of a service: the socket is gone, nobody has asked to cancel."""
    watcher = new_engine(url, application_name="watcher")
    doomed = new_engine(url, application_name="doomed", statement_timeout_s=60)
    connection = await doomed.connect()
    raw = await connection.get_raw_connection()
    query = asyncio.create_task(connection.execute(text("SELECT pg_sleep(50)")))
    there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doomed'"

    async def is_busy() -> bool:
        return bool(await scenes.scalar(watcher, f"{there} AND state = 'active'"))

    async def is_gone() -> bool:
        return not await scenes.scalar(watcher, there)

    await scenes.until(is_busy)
    raw.driver_connection._transport.abort()  # type: ignore[union-attr]
    await scenes.until(is_gone, within_s=30)
    with pytest.raises(DBAPIError):
        await query
    await connection.close()
    await doomed.dispose()
    await watcher.dispose()


async def test_the_first_request_after_a_restart_of_postgresql_succeeds(
    mortal_postgres: servers.Postgres,
):
    assert mortal_postgres.running is not None
    url = await asyncio.to_thread(mortal_postgres.database, "common")
    engine = new_engine(url, application_name="test", pool_size=3)
    await asyncio.gather(*(scenes.scalar(engine, "SELECT pg_sleep(0.05)") for _ in range(3)))
    mortal_postgres.running.kill()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - any, if it is an outage
        await scenes.scalar(engine, "SELECT 1")
    assert is_database_away(raised.value)
    await asyncio.to_thread(mortal_postgres.running.start)
    for _ in range(4):
        assert await scenes.scalar(engine, "SELECT 1") == 1
    await engine.dispose()


async def test_a_connection_that_rested_is_asked_before_it_is_used(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    pid = await scenes.scalar(engine, "SELECT pg_backend_pid()")
    assert await scenes.scalar(engine, "SELECT pg_backend_pid()") == pid
    monkeypatch.setattr(database, "PING_AFTER_IDLE_S", -1.0)
    assert await scenes.scalar(engine, "SELECT pg_backend_pid()") == pid


async def test_a_lost_race_outside_of_a_request_is_run_again(engine: AsyncEngine):
    tries = 0

    async def act(tx: AsyncConnection) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            await tx.execute(
                text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
            )
        return tries

    assert await in_transaction(engine, act) == 3


async def test_the_values_of_a_failed_statement_are_not_in_its_error(engine: AsyncEngine):
    with pytest.raises(DBAPIError) as raised:
        await scenes.scalar(engine, "SELECT 1/:zero, CAST(:name AS text)", zero=0, name="Siti")
    assert "Siti" not in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        PermissionError(),
        ValueError(),
        KeyError(),
        DBAPIError("", {}, ValueError()),
    ],
)
def test_a_mistake_of_our_own_is_not_taken_for_an_outage(error: Exception):
    assert not is_database_away(error)

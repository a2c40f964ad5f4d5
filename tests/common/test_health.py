"""Ready means: it can work. Alive means: it runs."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clients import serving
from tests.common import an_app, scenes

from common import health

FRESH = """INSERT INTO worker_heartbeats VALUES ('events', now(), now())
           ON CONFLICT (worker) DO UPDATE SET beat_at = now(), broker_round_trip_at = now()"""


@pytest.fixture
async def app(new_database: Callable[[str], str]) -> FastAPI:
    return an_app.new_app(await asyncio.to_thread(new_database, "registry"))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as made:
        await scenes.run(app.state.engine, FRESH)
        yield made


async def readiness(client: httpx.AsyncClient) -> tuple[int, list[str]]:
    answer = await client.get("/readyz")
    checks = answer.json()["checks"]
    return answer.status_code, [name for name, check in checks.items() if not check["ok"]]


async def test_a_service_that_can_work_is_ready(client: httpx.AsyncClient):
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["checks"]) == {"database", "migrations", "broker", "outbox", "clock"}


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("migrations", "UPDATE alembic_version SET version_num = '0000'"),
        ("broker", "UPDATE worker_heartbeats SET broker_round_trip_at = now() - interval '20 s'"),
        ("broker", "UPDATE worker_heartbeats SET broker_round_trip_at = NULL"),
        ("broker", "DELETE FROM worker_heartbeats"),
        (
            "outbox",
            """INSERT INTO outbox (event_id, event_type, subject, envelope, created_at)
               VALUES (gen_random_uuid(), 'x', 'x', '{}', now() - interval '2 minutes')""",
        ),
    ],
)
async def test_each_check_can_fail(
    app: FastAPI, client: httpx.AsyncClient, check: str, statement: str
):
    assert await readiness(client) == (200, [])
    await scenes.run(app.state.engine, statement)
    assert await readiness(client) == (503, [check])


async def test_a_clock_that_is_wrong_is_noticed(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health, "CLOCK_DRIFT_MAX_S", -1.0)
    assert await readiness(client) == (503, ["clock"])


async def test_a_database_that_is_away_is_not_ready_and_still_alive(url_of_nothing: str):
    async with serving(an_app.new_app(url_of_nothing)) as client:
        assert await readiness(client) == (503, ["database"])
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


@pytest.fixture
def url_of_nothing() -> str:
    return "postgresql+asyncpg://a:b@127.0.0.1:1/nothing"


async def test_a_frozen_database_is_not_ready_within_a_moment(
    app: FastAPI, client: httpx.AsyncClient
):
    engine: AsyncEngine = app.state.engine
    async with engine.connect() as connection:
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert await readiness(client) == (503, ["database"])
        assert time.monotonic() - began < health.DATABASE_MAX_S + 3
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_alive_never_asks_the_database(app: FastAPI, client: httpx.AsyncClient):
    queries: list[str] = []

    @event.listens_for(app.state.engine.sync_engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_rest):
        queries.append(statement)

    await client.get("/livez")
    assert queries == []
    await client.get("/readyz")
    assert queries


async def test_metrics_tell_requests_by_route_and_never_by_url(
    app: FastAPI, client: httpx.AsyncClient
):
    await scenes.run(
        app.state.engine,
        "INSERT INTO dead_letters (id, event_id, event_type, reason, body)"
        " VALUES (gen_random_uuid(), 'x', 'x', 'x', 'x')",
    )
    await client.get("/refused?nik=6203010101800001")
    await client.get("/nowhere/6203010101800001")
    told = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/refused",status="409"}' in told
    assert "6203010101800001" not in told
    assert "dead_letters_waiting 1.0" in told
    assert "outbox_oldest_seconds 0.0" in told

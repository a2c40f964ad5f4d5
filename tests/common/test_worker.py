"""The worker: one effect per event, whatever fails, and a quick and clean end."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests import servers
from tests.common import scenes
from tests.common.scenes import HANDLERS, an_envelope, effects_of, until

from common import audit, delivery, process, worker
from common.broker import Broker
from common.broker_errors import BrokerUnavailable
from common.database import new_engine
from common.delivery import deliver
from common.events import CardStatusChangedV1
from common.problems import Refused

TYPE = CardStatusChangedV1.event_type
# A supervisor kills what has not ended after 10 s; this must be well before.
ENDS_WITHIN_S = 6
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def effects(engine: AsyncEngine) -> AsyncEngine:
    await scenes.run(engine, scenes.EFFECTS)
    return engine


async def test_the_same_event_at_the_same_moment_has_one_effect(effects: AsyncEngine):
    body = an_envelope().model_dump_json().encode()
    done = await asyncio.gather(*(deliver(effects, HANDLERS, body) for _ in range(8)))
    assert all(done)
    assert await effects_of(effects) == 1
    assert await scenes.scalar(effects, "SELECT count(*) FROM inbox") == 1


async def test_the_same_id_from_another_source_is_another_event(effects: AsyncEngine):
    envelope = an_envelope()
    for source in ("issuance", "registry"):
        body = envelope.model_copy(update={"source": source}).model_dump_json().encode()
        assert await deliver(effects, HANDLERS, body)
    assert await effects_of(effects) == 2


async def test_an_effect_that_is_undone_takes_its_inbox_row_with_it(
    effects: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "RETRY_BASE_S", 0.001)
    tries = 0

    async def fails_twice(tx, event, envelope):
        nonlocal tries
        tries += 1
        await scenes.note_effect(tx, event, envelope)
        if tries < 3:
            raise ValueError

    body = an_envelope().model_dump_json().encode()
    assert await deliver(effects, {CardStatusChangedV1: fails_twice}, body)
    assert tries == 3
    assert await effects_of(effects) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refused("card_unknown"), "handler failed: Refused card_unknown"),
        (FileNotFoundError("/data/Siti Aminah"), "handler failed: FileNotFoundError"),
        (TimeoutError(), "handler failed: TimeoutError"),
        (ConnectionRefusedError(), "handler failed: ConnectionRefusedError"),
    ],
)
async def test_a_handler_that_always_fails_is_given_up_even_when_it_looks_like_an_outage(
    effects: AsyncEngine, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
):
    monkeypatch.setattr(delivery, "RETRY_BASE_S", 0.001)
    tries = 0

    async def fails(_tx, _event, _envelope):
        nonlocal tries
        tries += 1
        raise error

    body = an_envelope().model_dump_json().encode()
    assert await delivery.handle(effects, {CardStatusChangedV1: fails}, body) == reason
    assert tries == delivery.HANDLE_TRIES_MAX
    assert await scenes.scalar(effects, "SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        an_envelope(id="a\x00b").model_dump_json().encode(),
        an_envelope(id="x" * 5000).model_dump_json().encode(),
        an_envelope(data={"card_id": "x"}).model_dump_json().encode(),
        an_envelope(specversion="0.3").model_dump_json().encode(),
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_what_cannot_be_read_is_parked_as_it_came(effects: AsyncEngine, body: bytes):
    assert await delivery.receive(effects, HANDLERS, body) is True
    assert await scenes.scalar(effects, "SELECT body FROM dead_letters") == body
    assert await scenes.scalar(effects, "SELECT reason FROM dead_letters") == "unreadable"


async def test_a_message_waits_for_a_postgresql_that_was_killed_under_it(
    mortal_postgres: servers.Postgres, monkeypatch: pytest.MonkeyPatch
):
    assert mortal_postgres.running is not None
    monkeypatch.setattr(delivery, "AWAY_WAIT_S", 0.2)
    url = await asyncio.to_thread(mortal_postgres.database, "common")
    engine = new_engine(url, application_name="test", statement_timeout_s=2)
    await scenes.run(engine, scenes.EFFECTS)
    began = asyncio.Event()

    async def interrupted(tx, event, envelope):
        await scenes.note_effect(tx, event, envelope)
        if not began.is_set():
            began.set()
            await tx.execute(text("SELECT pg_sleep(1)"))

    body = an_envelope().model_dump_json().encode()
    handling = asyncio.create_task(deliver(engine, {CardStatusChangedV1: interrupted}, body))
    await began.wait()
    mortal_postgres.running.kill()
    done, _ = await asyncio.wait([handling], timeout=1.5)
    assert not done, "it gave up while the database was away"
    await asyncio.to_thread(mortal_postgres.running.start)
    assert await asyncio.wait_for(handling, 60) is True
    assert await effects_of(engine) == 1
    await engine.dispose()


async def test_a_database_without_room_is_waited_for_and_not_taken_for_a_bad_message(
    effects: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "AWAY_WAIT_S", 0.01)
    tries = 0

    async def disk_is_full(tx, event, envelope):
        nonlocal tries
        tries += 1
        if tries < 12:
            await tx.execute(
                text("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$")
            )
        await scenes.note_effect(tx, event, envelope)

    body = an_envelope().model_dump_json().encode()
    assert await deliver(effects, {CardStatusChangedV1: disk_is_full}, body)
    assert tries == 12


@asynccontextmanager
async def a_worker(engine: AsyncEngine, amqp_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process that says it is ready."""
    url = engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.common.a_worker", url, amqp_url),
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'deploy'}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            async for line in process.stdout:
                if json.loads(line)["event"] == "worker ready":
                    break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_worker_ends_quickly_and_cleanly_and_leaves_its_message_for_the_next(
    effects: AsyncEngine, own_amqp_url: str
):
    broker = await Broker.connect(own_amqp_url, "redemption")
    envelope = an_envelope()
    async with a_worker(effects, own_amqp_url) as process:
        slow = envelope.model_copy(update={"data": {**envelope.data, "reason": "slow"}})
        await broker.send(slow.id, TYPE, slow.model_dump_json())
        await until(lambda: _is_handling(effects))
        await until(lambda: _heartbeat(effects))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
        assert time.monotonic() - began < ENDS_WITHIN_S
    assert (process.returncode, errors) == (0, b"")
    assert not [line for line in output.splitlines() if json.loads(line)["level"] == "error"]
    assert await effects_of(effects) == 0
    assert await _is_there_again(broker, envelope)
    await broker.close()


async def _is_handling(engine: AsyncEngine) -> bool:
    """Whether the worker is in the middle of the slow event's transaction."""
    busy = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
              AND state = 'idle in transaction' AND query LIKE 'INSERT INTO effects%'"""
    return bool(await scenes.scalar(engine, busy))


async def _heartbeat(engine: AsyncEngine) -> bool:
    fresh = "SELECT broker_round_trip_at > now() - interval '10 s' FROM worker_heartbeats"
    return bool(await scenes.scalar(engine, fresh))


async def _is_there_again(broker: Broker, envelope) -> bool:
    """Whether the message that the ended worker had begun is still there for another."""
    await broker.declare([TYPE])
    taken: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def take(body: bytes) -> bool:
        taken.set_result(body)
        return True

    listener = asyncio.create_task(broker.consume("redemption", take))
    body = await asyncio.wait_for(taken, 10)
    listener.cancel()
    return bool(json.loads(body)["id"] == envelope.id)


async def test_a_worker_whose_loop_dies_ends_with_an_error_so_that_it_is_started_anew():
    async def cancelled_from_inside() -> None:
        raise asyncio.CancelledError

    async def returns() -> None:
        return

    for loop in (cancelled_from_inside(), returns()):
        with pytest.raises(RuntimeError, match="relay"):
            await asyncio.create_task(process.for_ever("relay", loop))


async def test_housekeeping_waits_for_a_database_that_is_away():
    engine = new_engine("postgresql+asyncpg://a:b@127.0.0.1:1/x", application_name="test")
    chores = [
        asyncio.create_task(worker.every(0.01, engine, audit.extend_chain)),
        asyncio.create_task(worker.heartbeat_forever(engine, _Silent())),  # type: ignore[arg-type]
    ]
    done, waiting = await asyncio.wait(chores, timeout=0.3)
    assert not done
    for chore in waiting:
        chore.cancel()
    await asyncio.wait(waiting)
    await engine.dispose()


class _Silent:
    async def round_trip(self) -> None:
        return


async def test_housekeeping_that_fails_is_tried_again_and_stops_nothing(engine: AsyncEngine):
    tries: list[int] = []
    twice = asyncio.Event()

    async def sweep(_tx: AsyncConnection) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("a fault of this sweep")
        twice.set()

    sweeping = asyncio.create_task(worker.every(0.01, engine, sweep))
    async with asyncio.timeout(10):
        await twice.wait()
    sweeping.cancel()


async def test_a_connection_that_alone_is_silent_ends_the_process(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    class SilentForUs:
        async def round_trip(self) -> None:
            raise BrokerUnavailable("silent")

        async def is_stuck(self) -> bool:
            return True

    monkeypatch.setattr(worker, "HEARTBEAT_EVERY_S", 0.01)
    async with asyncio.timeout(10):
        with pytest.raises(worker.StuckConnection):
            await worker.heartbeat_forever(engine, SilentForUs())  # type: ignore[arg-type]

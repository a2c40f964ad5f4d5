"""RabbitMQ frozen, killed and out of memory: nothing is lost and everything resumes by itself."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.common import scenes
from tests.common.scenes import HANDLERS, an_envelope, effects_of, unsent, until, write_events

from common import broker as brokers
from common import outbox, worker
from common.broker import Broker
from common.broker_errors import BrokerUnavailable
from common.delivery import receive
from common.events import CardStatusChangedV1
from local.rabbitmq import server_script

NEW_QUEUE_SETTLES_S = 2.0
TYPE = CardStatusChangedV1.event_type


@pytest.fixture
def vhost(mortal_rabbitmq: servers.RabbitMQ) -> str:
    return mortal_rabbitmq.virtual_host()


@pytest.fixture
def node(mortal_rabbitmq: servers.RabbitMQ) -> servers.Running:
    assert mortal_rabbitmq.running is not None
    return mortal_rabbitmq.running


@asynccontextmanager
async def relaying(engine: AsyncEngine, broker: Broker) -> AsyncIterator[list[asyncio.Task[None]]]:
    """A relay and a consumer at work; both must still live at the end."""
    await scenes.run(engine, scenes.EFFECTS)
    await broker.declare([TYPE])
    tasks = [
        asyncio.create_task(outbox.relay_forever(engine, broker.send)),
        asyncio.create_task(
            broker.consume(broker.service, lambda body: receive(engine, HANDLERS, body))
        ),
    ]
    try:
        yield tasks
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await broker.close()


async def test_a_frozen_broker_costs_a_timeout_and_the_relay_resumes(
    engine: AsyncEngine, vhost: str, node: servers.Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(brokers, "CALL_TIMEOUT_S", 1.0)
    broker = await Broker.connect(vhost, "redemption")
    async with relaying(engine, broker):
        await broker.round_trip()
        node.freeze()
        try:
            began = time.monotonic()
            envelope = an_envelope()
            with pytest.raises(BrokerUnavailable):
                await broker.send(envelope.id, TYPE, envelope.model_dump_json())
            with pytest.raises(BrokerUnavailable):
                await broker.round_trip()
            assert time.monotonic() - began < 3.0
            await write_events(engine, "a", "b", "a")
            await until(lambda: _attempts(engine))
        finally:
            node.thaw()
        await until(lambda: _all_have_their_effect(engine, 3))
        assert await scenes.scalar(engine, "SELECT count(*) FROM effects WHERE subject = 'a'") == 2


async def _attempts(engine: AsyncEngine) -> bool:
    return bool(await scenes.scalar(engine, "SELECT max(attempts) FROM outbox"))


async def _all_have_their_effect(engine: AsyncEngine, at_least: int) -> bool:
    return await unsent(engine) == 0 and await effects_of(engine) >= at_least


async def test_the_cancellation_that_a_frozen_broker_causes_is_a_broker_error(
    vhost: str, node: servers.Running, monkeypatch: pytest.MonkeyPatch
):
    """Without our own timeout it is the heartbeat that gives up, by cancelling from inside."""
    monkeypatch.setattr(brokers, "CALL_TIMEOUT_S", 30.0)
    monkeypatch.setattr(brokers, "HEARTBEAT_S", 1)
    broker = await Broker.connect(vhost, "redemption")
    await broker.declare([TYPE])
    envelope = an_envelope()
    await broker.send(envelope.id, TYPE, envelope.model_dump_json())
    node.freeze()
    try:
        began = time.monotonic()
        with pytest.raises(BrokerUnavailable, match=r"connection lost|send: "):
            await broker.send(envelope.id, TYPE, envelope.model_dump_json())
        assert time.monotonic() - began < 15
    finally:
        node.thaw()
    await until(lambda: _answers(broker))
    await broker.close()


async def _answers(broker: Broker) -> bool:
    try:
        await broker.round_trip()
    except BrokerUnavailable:
        return False
    return True


async def test_a_broker_that_is_killed_loses_nothing_and_doubles_nothing(
    engine: AsyncEngine, vhost: str, node: servers.Running
):
    broker = await Broker.connect(vhost, "redemption")
    await broker.declare([TYPE])
    # RabbitMQ 3.10 writes the name of a new quorum queue to disk a moment after it has confirmed
    # it: a node killed within that moment knows the queue and cannot open it.
    await asyncio.sleep(NEW_QUEUE_SETTLES_S)
    subjects = [f"s{number % 40}" for number in range(600)]
    async with relaying(engine, broker):
        await write_events(engine, *subjects[:300])
        await until(lambda: _effects_reach(engine, 20))
        node.kill()
        with pytest.raises(BrokerUnavailable):
            await Broker.connect(vhost, "redemption")
        late = asyncio.create_task(worker.connect_when_there(vhost, "redemption"))
        await write_events(engine, *subjects[300:])
        await asyncio.to_thread(node.start)
        await until(lambda: _effects_reach(engine, 600))
    await (await asyncio.wait_for(late, 60)).close()
    assert await unsent(engine) == 0
    assert await effects_of(engine) == 600
    doubled = "SELECT count(*) FROM (SELECT FROM effects GROUP BY event_id HAVING count(*) > 1) d"
    assert await scenes.scalar(engine, doubled) == 0


async def _effects_reach(engine: AsyncEngine, count: int) -> bool:
    return await effects_of(engine) >= count


async def test_a_publisher_that_rabbitmq_blocks_for_memory_waits_and_resumes(
    engine: AsyncEngine, vhost: str, node: servers.Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(brokers, "CALL_TIMEOUT_S", 1.0)
    broker = await Broker.connect(vhost, "redemption")
    async with relaying(engine, broker):
        await asyncio.to_thread(control, node, "set_vm_memory_high_watermark", "absolute", "1")
        await until(lambda: _is_blocked(broker))
        await write_events(engine, "a")
        await until(lambda: _attempts(engine))
        await asyncio.to_thread(control, node, "set_vm_memory_high_watermark", "0.4")
        await until(lambda: _all_have_their_effect(engine, 1))


async def _is_blocked(broker: Broker) -> bool:
    envelope = an_envelope()
    try:
        await broker.send(envelope.id, TYPE, envelope.model_dump_json())
    except BrokerUnavailable:
        return True
    return False


def control(node: servers.Running, *arguments: str) -> None:
    """Ask the node something, as its administrator."""
    program = node.program
    command = (str(server_script().with_name("rabbitmqctl")), *arguments)
    asking = type(program)("rabbitmqctl", command, program.environment, program.account)
    options = {**asking.surroundings(), "cwd": program.folder}
    subprocess.run(asking.arguments(), check=True, capture_output=False, stdout=-3, **options)

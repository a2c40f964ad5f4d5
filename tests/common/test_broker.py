"""Sending and receiving over a real RabbitMQ that works."""

import asyncio
import gc
import json
import os
import sys
import time
from uuid import UUID

import aio_pika
import pytest
import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.common import scenes
from tests.common.scenes import HANDLERS, an_envelope, effects_of, unsent, until, write_events
from typer.testing import CliRunner

from common import broker as brokers
from common import dead_letters, outbox
from common.broker import Broker, dead_queue_of
from common.broker_errors import BrokerUnavailable, NotTaken
from common.delivery import HANDLE_TRIES_MAX, deliver, receive
from common.events import EVENTS, CardStatusChangedV1, Envelope

TYPE = CardStatusChangedV1.event_type
BACKLOG = 10_000
DRAIN_MIN_PER_S = 200


async def send(broker: Broker, envelope: Envelope) -> None:
    await broker.send(envelope.id, envelope.type, envelope.model_dump_json())


async def listening(broker: Broker, engine: AsyncEngine, handlers=HANDLERS) -> asyncio.Task[None]:
    await scenes.run(engine, scenes.EFFECTS)
    await broker.declare([TYPE])
    listener = asyncio.create_task(
        broker.consume(broker.service, lambda body: receive(engine, handlers, body))
    )
    await until(lambda: _is_consumed(broker))
    return listener


async def _is_consumed(broker: Broker) -> bool:
    """Ask the queue itself how many listen to it."""
    assert broker._receiving is not None
    channel = await broker._receiving.get_underlay_channel()
    return bool((await channel.queue_declare(broker.service, passive=True)).consumer_count)


async def stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_an_event_that_no_queue_takes_is_not_marked_as_sent(
    broker: Broker, engine: AsyncEngine
):
    await broker.declare([])
    await write_events(engine, "a")
    assert await outbox.relay_once(engine, broker.send) == (0, 1)
    assert await unsent(engine) == 1
    with pytest.raises(NotTaken):
        await send(broker, an_envelope())
    await broker.declare([TYPE])
    await scenes.run(engine, "UPDATE outbox SET next_attempt_at = now()")
    assert await outbox.relay_once(engine, broker.send) == (1, 0)


async def test_what_aio_pika_does_by_default_would_lose_it(broker: Broker):
    """The negative control: the same publish returns quietly when it is not told to raise."""
    await broker.declare([])
    channel = await broker._publisher.channel()
    exchange = await channel.get_exchange(brokers.EVENTS_EXCHANGE, ensure=False)
    assert await exchange.publish(aio_pika.Message(b"{}"), routing_key=TYPE) is not None


async def test_an_event_sent_twice_has_one_effect(broker: Broker, engine: AsyncEngine):
    listener = await listening(broker, engine)
    envelope, last = an_envelope(), an_envelope()
    for one in (envelope, envelope, last):
        await send(broker, one)
    await until(lambda: _has_effect(engine, last.id))
    assert await effects_of(engine) == 2
    await stop(listener)


async def _has_effect(engine: AsyncEngine, event_id: str) -> bool:
    found = await scenes.scalar(
        engine, "SELECT count(*) FROM effects WHERE event_id = :id", id=event_id
    )
    return bool(found)


async def test_a_message_that_cannot_be_handled_is_parked_and_the_others_go_on(
    broker: Broker, engine: AsyncEngine
):
    async def fails(tx, event, envelope):
        if event.reason == "poison":
            raise LookupError("nomor 6203010101800001 tidak ada")
        await scenes.note_effect(tx, event, envelope)

    listener = await listening(broker, engine, {CardStatusChangedV1: fails})
    poison = an_envelope()
    poison.data["reason"] = "poison"
    bodies = {
        "handler failed: LookupError": poison.model_dump_json(),
        "unknown event type": an_envelope(type="card.lost.v9").model_dump_json(),
        "unreadable": "not JSON",
    }
    for body in bodies.values():
        await broker.send("id", TYPE, body)
    good = an_envelope()
    await send(broker, good)
    await until(lambda: _has_effect(engine, good.id))
    async with engine.connect() as tx:
        letters = await dead_letters.listed(tx)
    assert [letter["reason"] for letter in letters] == list(bodies)
    assert letters[0]["event_id"] == poison.id
    assert "6203010101800001" not in str(letters)
    await stop(listener)


async def test_a_message_that_kills_its_consumer_ends_among_the_dead_letters(
    broker: Broker, own_amqp_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(brokers, "DELIVERY_LIMIT", 2)
    await broker.declare([TYPE])
    envelope = an_envelope()
    await send(broker, envelope)

    async def dies(_body: bytes) -> bool:
        raise MemoryError

    deaths = 0
    letters: list[bytes] = []

    async def collect(body: bytes) -> bool:
        letters.append(body)
        return True

    collector = asyncio.create_task(broker.consume(dead_queue_of("redemption"), collect))
    ends_at = time.monotonic() + 20
    while not letters and time.monotonic() < ends_at:
        mortal = await Broker.connect(own_amqp_url, "redemption")
        await mortal.declare([TYPE])
        try:
            await asyncio.wait_for(mortal.consume("redemption", dies), 0.5)
        except MemoryError:
            deaths += 1
        except TimeoutError:
            pass
        finally:
            await mortal.close()
    assert deaths == 3
    assert Envelope.model_validate_json(letters[0]) == envelope
    await stop(collector)


async def test_a_queue_that_is_deleted_comes_back_with_its_bindings(
    broker: Broker, engine: AsyncEngine, own_amqp_url: str
):
    listener = await listening(broker, engine)
    async with await aio_pika.connect(own_amqp_url) as admin:
        channel = await admin.channel()
        await channel.queue_delete("redemption")
    envelope = an_envelope()

    async def is_taken() -> bool:
        try:
            await send(broker, envelope)
        except NotTaken:
            return False
        return True

    await until(is_taken)
    await until(lambda: _has_effect(engine, envelope.id))
    async with await aio_pika.connect(own_amqp_url) as admin:
        # Declared again as a quorum queue with its limit: other arguments would be refused.
        await (await admin.channel()).declare_queue(
            "redemption", durable=True, arguments={**brokers.queue_arguments("redemption")}
        )
    await stop(listener)


async def test_a_channel_that_the_broker_closes_comes_back(broker: Broker, engine: AsyncEngine):
    listener = await listening(broker, engine)
    assert broker._receiving is not None
    underlay = await broker._receiving.get_underlay_channel()
    await underlay.basic_ack(999)  # An unknown delivery: RabbitMQ closes the channel.
    sending = await (await broker._sending_channel()).get_underlay_channel()
    with pytest.raises(aio_pika.exceptions.ChannelClosed):
        await sending.queue_declare("redemption.missing", passive=True)
    envelope = an_envelope()

    async def is_taken() -> bool:
        try:
            await send(broker, envelope)
        except BrokerUnavailable:
            return False
        return True

    await until(is_taken)
    await until(lambda: _has_effect(engine, envelope.id))
    await stop(listener)


async def test_the_round_trip_asks_rabbitmq_and_not_the_memory_of_a_library(
    broker: Broker, own_amqp_url: str
):
    await broker.declare([TYPE])
    await broker.round_trip()
    async with await aio_pika.connect(own_amqp_url) as admin:
        await (await admin.channel()).exchange_delete(brokers.EVENTS_EXCHANGE)
    with pytest.raises(BrokerUnavailable):
        await broker.round_trip()


async def test_a_connection_that_never_came_about_is_closed_and_tries_no_longer():
    async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    tasks = asyncio.all_tasks()
    async with await asyncio.start_server(hangs_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        # What was raised keeps the connection alive, so that it is found.
        with pytest.raises(BrokerUnavailable) as raised:
            await Broker.connect(f"amqp://guest:guest@127.0.0.1:{port}/", "redemption")
    made = [one for one in gc.get_objects() if isinstance(one, aio_pika.RobustConnection)]
    (ours,) = [one for one in made if one.url.port == port]
    assert ours.is_closed
    assert asyncio.all_tasks() <= tasks
    assert raised.value


async def test_our_own_cancellation_passes_and_one_from_inside_is_a_broker_error():
    async def cancelled_from_inside() -> None:
        with brokers.broker_errors("test"):
            raise asyncio.CancelledError

    with pytest.raises(BrokerUnavailable):
        await asyncio.create_task(cancelled_from_inside())

    async def waits() -> None:
        with brokers.broker_errors("test"):
            await asyncio.Future()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_queues_are_as_rabbitmq_3_and_4_both_allow():
    arguments = brokers.queue_arguments("registry")
    # At-least-once dead lettering needs a quorum queue that refuses instead of dropping.
    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-overflow"] == "reject-publish"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert "x-max-priority" not in arguments
    assert "x-queue-mode" not in arguments


async def test_a_backlog_drains(broker: Broker, engine: AsyncEngine):
    await broker.declare([TYPE])
    await write_events(engine, *(f"s{number % 1000}" for number in range(BACKLOG)))
    began = time.monotonic()
    sent = 0
    while sent < BACKLOG:
        sent += (await outbox.relay_once(engine, broker.send))[0]
    rate = BACKLOG / (time.monotonic() - began)
    sys.stdout.write(f"\noutbox: {BACKLOG} events drained at {rate:.0f}/s\n")
    assert rate > DRAIN_MIN_PER_S


async def test_the_command_lists_shows_and_replays_to_that_service_only(
    engine: AsyncEngine, own_amqp_url: str
):
    url = engine.url.render_as_string(hide_password=False)
    ours = await Broker.connect(own_amqp_url, "redemption")
    other = await Broker.connect(own_amqp_url, "registry")
    await other.declare([TYPE])
    heard_by_other: list[bytes] = []

    async def note(body: bytes) -> bool:
        heard_by_other.append(body)
        return True

    envelope = an_envelope()
    body = envelope.model_dump_json().encode()
    await dead_letters.park(engine, body, f"handler failed after {HANDLE_TRIES_MAX}")
    await dead_letters.park(engine, b"\xff\x00 garbage", "unreadable")
    others = asyncio.create_task(other.consume("registry", note))
    listener = await listening(ours, engine)

    environment = {"DATABASE_URL": url, "AMQP_URL": own_amqp_url}
    app = typer.Typer()
    app.command()(dead_letters.main)

    async def command(*arguments: str) -> tuple[int, str]:
        run = CliRunner().invoke
        done = await asyncio.to_thread(run, app, ["redemption", *arguments], env=environment)
        return done.exit_code, done.stdout

    code, output = await command("list")
    letter, garbage = json.loads(output)
    assert (code, letter["event_id"], garbage["event_id"]) == (0, envelope.id, "?")
    _, output = await command("show", letter["id"], garbage["id"])
    assert json.loads(output)[letter["id"]]["id"] == envelope.id
    assert (await command("replay", letter["id"]))[0] == 0
    await until(lambda: _has_effect(engine, envelope.id))
    assert (await command("replay", letter["id"]))[0] == 1
    assert (await command("discard", "--all"))[0] == 0
    assert json.loads((await command("list"))[1]) == []
    assert heard_by_other == []
    assert await scenes.scalar(engine, "SELECT count(*) FROM dead_letters") == 2
    shell = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "common.dead_letters", "redemption", "list"),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    assert json.loads((await shell.communicate())[0]) == []
    await stop(listener, others)
    await ours.close()
    await other.close()


async def test_a_letter_that_no_service_takes_waits_as_before(broker: Broker, engine: AsyncEngine):
    await dead_letters.park(engine, b"x", "unreadable")
    async with engine.connect() as tx:
        (letter,) = await dead_letters.listed(tx)
        channel = await broker._publisher.channel()
        await channel.declare_exchange(brokers.EVENTS_EXCHANGE, "topic", durable=True)
        with pytest.raises(NotTaken):
            await dead_letters.replay(tx, broker, UUID(letter["id"]))
    async with engine.connect() as tx:
        assert await dead_letters.waiting(tx) == 1


async def test_every_kind_of_event_can_be_delivered(engine: AsyncEngine):
    assert all(kind.event_type == name for name, kind in EVENTS.items())
    assert await deliver(engine, {}, an_envelope().model_dump_json().encode()) is False

"""RabbitMQ: topology, confirmed sending, consuming with a limit. Alone in importing aio_pika."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Self

import aio_pika
import structlog
from aio_pika import abc
from aio_pika.connection import make_url
from aio_pika.exceptions import ChannelInvalidStateError, DeliveryError

from common.broker_errors import BrokerUnavailable, NotTaken

EVENTS_EXCHANGE = "events"
DEAD_EXCHANGE = "events.dead"
CALL_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
RECONNECT_EVERY_S = 1.0
HEARTBEAT_S = 10
PREFETCH = 20
# For a message that kills its consumer. Each stop of a worker counts too: it is not small.
DELIVERY_LIMIT = 20
# RabbitMQ 4 drops a message after 20 deliveries where nothing is said; 3.10 knows no "unlimited".
DEAD_DELIVERY_LIMIT = 1_000_000_000

log = structlog.get_logger()

Receive = Callable[[bytes], Awaitable[bool]]  # body -> True: done, False: park it


def dead_queue_of(service: str) -> str:
    """Return the name of the queue in which a service's undeliverable messages arrive."""
    return f"{service}.dead"


def replay_key_of(service: str) -> str:
    """Return the routing key that reaches one service only."""
    return f"replay.{service}"


@contextlib.contextmanager
def broker_errors(doing: str) -> Iterator[None]:
    """Turn whatever a call to RabbitMQ may raise into BrokerUnavailable.

    A broker that freezes makes aio-pika cancel a call from inside; `except Exception` would miss
    it and the relay would end without a word. Our own cancellation passes.
    """
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BrokerUnavailable(f"{doing}: connection lost") from None
    except DeliveryError as error:
        raise NotTaken(f"{doing}: no queue took it") from error
    except Exception as error:
        raise BrokerUnavailable(f"{doing}: {type(error).__name__}") from error


class Broker:
    """Two connections to RabbitMQ: a publisher that is blocked must not stop acknowledgements."""

    def __init__(
        self,
        publisher: abc.AbstractRobustConnection,
        consumer: abc.AbstractRobustConnection,
        service: str,
    ) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self.service = service
        self._amqp_url = ""
        # aio-pika restores only what is still referenced.
        self._sending: abc.AbstractRobustChannel | None = None
        self._opening = asyncio.Lock()
        self._receiving: abc.AbstractRobustChannel | None = None
        self._queues: dict[str, abc.AbstractQueue] = {}

    @classmethod
    async def connect(cls, amqp_url: str, service: str) -> Self:
        """Connect both connections; raises BrokerUnavailable when RabbitMQ is not there."""
        opened: list[abc.AbstractRobustConnection] = []
        try:
            for role in ("publish", "consume"):
                with broker_errors("connect"):
                    # One that never comes about is to be closed too: it would go on trying.
                    opened.append(_new_connection(amqp_url, f"{service} {role}"))
                    async with asyncio.timeout(CONNECT_TIMEOUT_S * 2):
                        await opened[-1].connect(timeout=CONNECT_TIMEOUT_S)
        except BaseException:
            await asyncio.gather(*map(_close, opened))
            raise
        broker = cls(opened[0], opened[1], service)
        broker._amqp_url = amqp_url
        return broker

    async def close(self) -> None:
        """Close both connections, whether or not RabbitMQ answers."""
        for connection in (self._publisher, self._consumer):
            await _close(connection)

    async def declare(self, event_types: Iterable[str]) -> None:
        """Make the exchanges and this service's queues, bound to the events it handles.

        It is done on the channel that consumes, so that aio-pika makes them again, bindings and
        all, when the connection comes back to a broker that has lost them.
        """
        dead_name = dead_queue_of(self.service)
        with broker_errors("declare"):
            async with asyncio.timeout(CALL_TIMEOUT_S * 2):
                channel = await self._consumer.channel()
                await channel.set_qos(prefetch_count=PREFETCH)
                topic = aio_pika.ExchangeType.TOPIC
                events = await channel.declare_exchange(EVENTS_EXCHANGE, topic, durable=True)
                dead = await channel.declare_exchange(DEAD_EXCHANGE, topic, durable=True)
                dead_queue = await channel.declare_queue(
                    dead_name,
                    durable=True,
                    arguments={"x-queue-type": "quorum", "x-delivery-limit": DEAD_DELIVERY_LIMIT},
                )
                await dead_queue.bind(dead, routing_key=dead_name)
                queue = await channel.declare_queue(
                    self.service, durable=True, arguments=queue_arguments(self.service)
                )
                for key in (*event_types, replay_key_of(self.service)):
                    await queue.bind(events, routing_key=key)
        self._receiving = channel
        self._queues = {self.service: queue, dead_name: dead_queue}

    async def send(
        self, event_id: str, event_type: str, envelope: str | bytes, *, routing_key: str = ""
    ) -> None:
        """Publish one event and wait until RabbitMQ has it in a queue.

        Raises NotTaken when no queue takes it, which aio-pika hides unless it is told to raise,
        and BrokerUnavailable when the outcome is not known after CALL_TIMEOUT_S.
        """
        message = aio_pika.Message(
            envelope.encode() if isinstance(envelope, str) else envelope,
            message_id=event_id,
            type=event_type,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        with broker_errors("send"):
            async with asyncio.timeout(CALL_TIMEOUT_S):
                channel = await self._sending_channel()
                exchange = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
                await exchange.publish(
                    message, routing_key=routing_key or event_type, mandatory=True
                )

    async def consume(self, queue_name: str, receive: Receive) -> None:
        """Hand every message of a declared queue to `receive`, one at a time, until cancelled.

        True acknowledges it, False gives it to the dead letters; an exception ends the consumer.
        One at a time keeps the order of the queue, and the work of a message is a batch already.
        """
        arrived: asyncio.Queue[abc.AbstractIncomingMessage] = asyncio.Queue()
        with broker_errors("consume"):
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self._queues[queue_name].consume(arrived.put)
        while True:
            message = await arrived.get()
            if _has_lost_its_channel(message):
                continue  # RabbitMQ delivers it again.
            done = await receive(message.body)
            try:
                with broker_errors("acknowledge"):
                    async with asyncio.timeout(CALL_TIMEOUT_S):
                        await (message.ack() if done else message.reject(requeue=False))
            except BrokerUnavailable as error:
                log.info("message comes again", reason=str(error))

    async def round_trip(self) -> None:
        """Ask RabbitMQ something on each connection in use; raises BrokerUnavailable.

        The question goes past aio-pika's robust objects: those answer from memory.
        """
        with broker_errors("round trip"):
            async with asyncio.timeout(CALL_TIMEOUT_S):
                sending = await (await self._sending_channel()).get_underlay_channel()
                await sending.exchange_declare(EVENTS_EXCHANGE, passive=True)
                if self._receiving is not None:
                    receiving = await self._receiving.get_underlay_channel()
                    await receiving.queue_declare(self.service, passive=True)

    async def is_stuck(self) -> bool:
        """Tell whether RabbitMQ answers a new connection, so that the fault is in ours.

        aio-pika's reconnection can end in a wait of two of its parts for each other.
        """
        try:
            probe = await Broker.connect(self._amqp_url, f"{self.service} probe")
        except BrokerUnavailable:
            return False
        try:
            await probe.round_trip()
        except BrokerUnavailable:
            return False
        finally:
            await probe.close()
        return True

    async def _sending_channel(self) -> abc.AbstractRobustChannel:
        async with self._opening:
            if self._sending is not None and self._sending.is_closed:
                # Closed by RabbitMQ: given up, lest aio-pika reopens it beside the new one.
                closed, self._sending = self._sending, None
                with contextlib.suppress(BrokerUnavailable), broker_errors("give up a channel"):
                    await closed.close()
            if self._sending is None:
                channel = await self._publisher.channel(
                    publisher_confirms=True, on_return_raises=True
                )
                self._sending = channel
            return self._sending


def queue_arguments(service: str) -> dict[str, str | int]:
    """Return how a service's queue is made: never changed, or RabbitMQ refuses to declare it."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": dead_queue_of(service),
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _has_lost_its_channel(message: abc.AbstractIncomingMessage) -> bool:
    try:
        return bool(message.channel.is_closed)
    except ChannelInvalidStateError:
        return True


def _new_connection(amqp_url: str, name: str) -> abc.AbstractRobustConnection:
    url = make_url(amqp_url, heartbeat=HEARTBEAT_S, reconnect_interval=RECONNECT_EVERY_S)
    return aio_pika.RobustConnection(url, client_properties={"connection_name": name})


async def _close(connection: abc.AbstractRobustConnection) -> None:
    with contextlib.suppress(BrokerUnavailable), broker_errors("close"):
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await connection.close()

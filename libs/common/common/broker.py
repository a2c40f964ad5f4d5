"""RabbitMQ: topology, confirmed sending, consuming with a limit. Alone in importing aio_pika."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Self

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import AMQPException, DeliveryError

from common.broker_errors import BrokerUnavailable

EVENTS_EXCHANGE = "events"
DEAD_EXCHANGE = "events.dead"
PUBLISH_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
HEARTBEAT_S = 10
PREFETCH = 20
# A safety net for a message that kills its consumer; handler errors are counted by the worker.
DELIVERY_LIMIT = 10

log = structlog.get_logger()

Receive = Callable[[bytes], Awaitable[bool]]  # body -> True: done, False: park it


def dead_queue_of(service: str) -> str:
    """Return the name of the queue in which a service's undeliverable messages arrive."""
    return f"{service}.dead"


def replay_key_of(service: str) -> str:
    """Return the routing key that reaches one service only."""
    return f"replay.{service}"


class Broker:
    """Two connections to RabbitMQ: a publisher that is blocked must not stop acknowledgements."""

    def __init__(
        self, publisher: AbstractRobustConnection, consumer: AbstractRobustConnection, service: str
    ) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self.service = service
        self._channel: AbstractRobustChannel | None = None
        # aio-pika restores only what is still referenced.
        self._kept: list[object] = []

    @classmethod
    async def connect(cls, amqp_url: str, service: str) -> Self:
        """Connect both connections; raises BrokerUnavailable when RabbitMQ is not there."""
        opened: list[AbstractRobustConnection] = []
        try:
            for role in ("publish", "consume"):
                connection: AbstractRobustConnection = await aio_pika.connect_robust(
                    amqp_url,
                    timeout=CONNECT_TIMEOUT_S,
                    heartbeat=HEARTBEAT_S,
                    client_properties={"connection_name": f"{service} {role}"},
                )
                opened.append(connection)
        except (OSError, AMQPException, TimeoutError) as error:
            for connection in opened:
                await connection.close()
            raise BrokerUnavailable(f"cannot connect: {type(error).__name__}") from error
        return cls(opened[0], opened[1], service)

    async def close(self) -> None:
        """Close both connections."""
        await self._publisher.close()
        await self._consumer.close()

    async def declare(self, event_types: Iterable[str]) -> None:
        """Make the exchanges and this service's queues, bound to the events it handles."""
        channel = await self._publish_channel()
        topic = aio_pika.ExchangeType.TOPIC
        events = await channel.declare_exchange(EVENTS_EXCHANGE, topic, durable=True)
        dead = await channel.declare_exchange(DEAD_EXCHANGE, topic, durable=True)
        dead_name = dead_queue_of(self.service)
        dead_queue = await channel.declare_queue(
            dead_name, durable=True, arguments={"x-queue-type": "quorum"}
        )
        await dead_queue.bind(dead, routing_key=dead_name)
        queue = await channel.declare_queue(
            self.service,
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": DEAD_EXCHANGE,
                "x-dead-letter-routing-key": dead_name,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
        for key in (*event_types, replay_key_of(self.service)):
            await queue.bind(events, routing_key=key)

    async def send(
        self, event_id: str, event_type: str, envelope: str, *, routing_key: str = ""
    ) -> None:
        """Publish one event and wait until RabbitMQ has it in a queue.

        Raises BrokerUnavailable when that is not known after PUBLISH_TIMEOUT_S, or when no
        queue takes it. aio-pika says nothing of an unroutable message unless it is told to.
        """
        message = aio_pika.Message(
            envelope.encode(),
            message_id=event_id,
            type=event_type,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                channel = await self._publish_channel()
                exchange = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
                await exchange.publish(
                    message,
                    routing_key=routing_key or event_type,
                    mandatory=True,
                    timeout=PUBLISH_TIMEOUT_S,
                )
        except asyncio.CancelledError:
            # A broker that freezes makes aio-pika cancel the call from inside; `except Exception`
            # would miss it and the relay would end without a word. Our own cancellation passes.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise BrokerUnavailable("connection lost while waiting for the confirm") from None
        except DeliveryError as error:
            raise BrokerUnavailable(f"not routed or refused: {event_type}") from error
        except (OSError, RuntimeError, AMQPException, TimeoutError) as error:
            raise BrokerUnavailable(type(error).__name__) from error

    async def consume(self, queue_name: str, receive: Receive) -> None:
        """Hand every message to `receive`, one at a time, until cancelled.

        True acknowledges it, False parks it among the dead letters. One at a time keeps the
        order of the queue, and the work of a message is a batch already.
        """
        channel = await self._consumer.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(queue_name, ensure=False)
        turn = asyncio.Lock()

        async def on_message(message: AbstractIncomingMessage) -> None:
            async with turn:
                done = await receive(message.body)
            try:
                await (message.ack() if done else message.reject(requeue=False))
            except (OSError, RuntimeError, AMQPException) as error:
                # The channel went away: RabbitMQ delivers it again and the inbox knows it.
                log.info("message comes again", error=type(error).__name__)

        tag = await queue.consume(on_message)
        self._kept += [channel, queue, tag]
        await asyncio.Future()

    async def round_trip(self) -> None:
        """Ask RabbitMQ something and wait for its answer; raises BrokerUnavailable."""
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                channel = await self._publish_channel()
                await channel.declare_exchange(EVENTS_EXCHANGE, passive=True)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise BrokerUnavailable("connection lost") from None
        except (OSError, RuntimeError, AMQPException, TimeoutError) as error:
            raise BrokerUnavailable(type(error).__name__) from error

    async def _publish_channel(self) -> AbstractRobustChannel:
        if self._channel is None:
            self._channel = await self._publisher.channel(
                publisher_confirms=True, on_return_raises=True
            )
        assert self._channel is not None  # noqa: S101 - tells the type checker what was just done
        return self._channel

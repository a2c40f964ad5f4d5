"""Somebody who hears this service's events, in a database of its own, as the registry does."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import new_engine
from common.events import Envelope, RedemptionsRecordedV1
from common.worker import Handlers, connect_when_there, deliver

NAME = "listener"
# RabbitMQ, two connections and the relay's waits come back one after the other; with four test
# processes on two cores that has taken a minute. What is asserted is that all of it is heard.
HEARD_WITHIN_S = 120.0
NEW_QUEUE_SETTLES_S = 3.0
LOOK_EVERY_S = 0.1


class Listener:
    """Writes a row for each redemption it is told of, without any key that hides a second one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def on_recorded(
        self, tx: AsyncConnection, event: RedemptionsRecordedV1, _envelope: Envelope
    ) -> None:
        rows = [{"id": one.redemption_id} for one in event.redemptions]
        await tx.execute(text("INSERT INTO heard VALUES (:id)"), rows)

    async def heard(self) -> Counter[UUID]:
        async with self.engine.connect() as tx:
            return Counter((await tx.execute(text("SELECT id FROM heard"))).scalars())

    async def until_heard(self, wanted: set[UUID]) -> Counter[UUID]:
        """Return what was heard, once all that is wanted has been."""
        ends_at = time.monotonic() + HEARD_WITHIN_S
        while not wanted <= (found := await self.heard()).keys():
            missing = len(wanted - found.keys())
            assert time.monotonic() < ends_at, f"{missing} of {len(wanted)} were not heard"
            await asyncio.sleep(LOOK_EVERY_S)
        return found


async def bind(amqp_url: str) -> None:
    """Make the listener's durable queue, which keeps what is sent while nobody listens."""
    broker = await connect_when_there(amqp_url, NAME)
    await broker.declare([RedemptionsRecordedV1.event_type])
    await broker.close()
    # RabbitMQ 3.10 writes the name of a new quorum queue to disk a moment after it has confirmed
    # it: a node killed within that moment knows the queue and cannot open it.
    await asyncio.sleep(NEW_QUEUE_SETTLES_S)


@asynccontextmanager
async def listening(database_url: str, amqp_url: str) -> AsyncIterator[Listener]:
    """Consume the listener's queue until the end."""
    engine = new_engine(database_url, application_name=NAME, pool_size=2)
    async with engine.begin() as tx:
        await tx.execute(text("CREATE TABLE heard (id uuid NOT NULL)"))
    listener = Listener(engine)
    broker = await connect_when_there(amqp_url, NAME)
    await broker.declare([RedemptionsRecordedV1.event_type])
    handlers: Handlers = {RedemptionsRecordedV1: listener.on_recorded}
    task = asyncio.create_task(broker.consume(NAME, lambda body: deliver(engine, handlers, body)))
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.close()
        await engine.dispose()

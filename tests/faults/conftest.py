"""A whole redemption service of its own: durable PostgreSQL, RabbitMQ, API and worker processes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.clients import token
from tests.faults.counters import Counters
from tests.faults.processes import Api, Worker, environment, issuer
from tests.redemption.world import (
    FOOD_POINT,
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    a_list,
    body_of,
    enrolments,
    settings,
)

from common.database import in_transaction, new_engine
from redemption.partners import seed

FAMILIES = 400


@dataclass
class Service:
    """The running service and its servers, each of which a test may kill."""

    postgres: servers.Running
    rabbitmq: servers.Running
    api: Api
    worker: Worker
    world: World
    database_url: str
    amqp_url: str
    headers: dict[str, str]

    @property
    def engine(self) -> AsyncEngine:
        return self.world.engine

    async def counters(self, families: int = FAMILIES * 10) -> Counters:
        """Counters with so many families before them, each with one parcel to collect."""
        bodies: list[dict[str, Any]] = []
        cycle, benefit = a_cycle(), a_benefit()
        for _ in range(0, families, FAMILIES):
            cards = [Card(self.world.issuer) for _ in range(FAMILIES)]
            approved = a_list(cycle, [benefit])
            # Four thousand messages that each card was handed over would say no more.
            await self.world.waiting_cards(*cards, counts_at_once=True)
            await self.world.tell(approved)
            await self.world.tell(enrolments(approved, [card.household_id for card in cards]))
            # Typed numbers: what breaks here is not the signature.
            bodies += [body_of(card, approved, card=card.number) for card in cards]
        return Counters(self.api.address, self.headers, bodies)

    async def lines(self) -> list[tuple[UUID, UUID]]:
        async with self.engine.connect() as tx:
            rows = await tx.execute(text("SELECT id, household_id FROM redemptions"))
            return [(row.id, row.household_id) for row in rows]


@pytest.fixture(scope="module")
def own_servers() -> Iterator[tuple[servers.Postgres, servers.RabbitMQ]]:
    broker = servers.rabbitmq(servers.FEW_VIRTUAL_HOSTS)
    with servers.postgres(durable=True) as postgres, broker as rabbitmq:
        yield postgres, rabbitmq


@pytest.fixture(scope="module")
def issuer_url() -> Iterator[str]:
    with issuer() as address:
        yield address


@pytest.fixture
async def service(
    own_servers: tuple[servers.Postgres, servers.RabbitMQ], issuer_url: str, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with a database and a virtual host that no other test has used."""
    postgres, rabbitmq = own_servers
    assert postgres.running is not None
    assert rabbitmq.running is not None
    database_url, amqp_url = postgres.database("redemption"), rabbitmq.virtual_host()
    told = environment(database_url, amqp_url, issuer_url)
    engine = new_engine(database_url, application_name="tests", pool_size=3)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, settings(database_url, amqp_url), Issuer())
    await world.tell(world.issuer.published())
    api, worker = Api(tmp_path, told), Worker(tmp_path, told)
    bearer = token("partner_operator", partner_id=FOOD_POINT, regions=(), iss=issuer_url)
    try:
        api.start()
        worker.start()
        yield Service(
            postgres.running,
            rabbitmq.running,
            api,
            worker,
            world,
            database_url,
            amqp_url,
            {"authorization": f"Bearer {bearer}"},
        )
    finally:
        worker.stop()
        api.stop()
        await engine.dispose()

"""Databases, brokers and servers of their own for the tests of the common library."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers

from common.broker import Broker
from common.database import new_engine


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """A failing test's output is its own: the warnings that tests provoke stay out of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))


@pytest.fixture
async def engine(new_database: Callable[[str], str]) -> AsyncIterator[AsyncEngine]:
    """A database of this test alone, with the tables of the common library."""
    url = await asyncio.to_thread(new_database, "common")
    made = new_engine(url, application_name="test")
    yield made
    await made.dispose()


@pytest.fixture
async def broker(own_amqp_url: str) -> AsyncIterator[Broker]:
    """A virtual host of this test alone."""
    connected = await Broker.connect(own_amqp_url, "redemption")
    yield connected
    await connected.close()


@pytest.fixture(scope="module")
def mortal_rabbitmq() -> Iterator[servers.RabbitMQ]:
    """A node that a test may freeze and kill."""
    with servers.rabbitmq(servers.FEW_VIRTUAL_HOSTS) as node:
        yield node


@pytest.fixture(scope="module")
def mortal_postgres() -> Iterator[servers.Postgres]:
    """A server that a test may freeze and kill, and that keeps what it has promised."""
    with servers.postgres(durable=True) as server:
        yield server

"""Fixtures that all test folders share: real servers, and databases at the newest migration."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Browser
from tests import servers
from tests.chromium import CHROMIUM, MISSING, started
from tests.quick_apps import remember_endpoints
from tests.side_by_side import ByFile, sort_longest_first

remember_endpoints()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Share the files out (only when there are several processes)."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes, begin with what takes longest."""
    if hasattr(config, "workerinput"):
        sort_longest_first(items)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """One PostgreSQL for the whole session."""
    given = os.environ.get("DATABASE_URL")
    if given:
        others = servers.Postgres(given)
        yield others
        others.remove_everything()
        return
    with servers.postgres() as own:
        yield own


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[servers.RabbitMQ]:
    """One RabbitMQ node for the whole session."""
    given = os.environ.get("AMQP_URL")
    if given:
        yield servers.RabbitMQ(given, [])
        return
    with servers.rabbitmq() as own:
        yield own


@pytest.fixture(scope="session")
def new_database(postgres_server: servers.Postgres) -> Callable[[str], str]:
    """`new_database("registry")`: a database nobody else uses; the URL of the service's role."""
    return postgres_server.database


@pytest.fixture(scope="session")
def registry_database_url(new_database: Callable[[str], str]) -> str:
    return new_database("registry")


@pytest.fixture(scope="session")
def issuance_database_url(new_database: Callable[[str], str]) -> str:
    return new_database("issuance")


@pytest.fixture(scope="session")
def redemption_database_url(new_database: Callable[[str], str]) -> str:
    return new_database("redemption")


@pytest.fixture(scope="session")
def common_database_url(new_database: Callable[[str], str]) -> str:
    return new_database("common")


@pytest.fixture(scope="session")
def amqp_url(rabbitmq_server: servers.RabbitMQ) -> str:
    """A virtual host for the session, where the user may do everything."""
    return rabbitmq_server.url


@pytest.fixture
def own_amqp_url(rabbitmq_server: servers.RabbitMQ) -> str:
    """A virtual host that no other test has used."""
    return rabbitmq_server.virtual_host()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One headless browser for the whole session: starting one costs more than most tests."""
    if CHROMIUM is None:
        pytest.fail(MISSING)
    async with started() as browser:
        yield browser


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The session's browser; the windows that a test opens in it are closed after the test."""
    others = list(chromium.contexts)
    yield chromium
    for context in chromium.contexts:
        if context not in others:
            await context.close()

"""One database for this folder, the demonstration's partners in it, and the app over it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2 as httpx
import pytest
from tests.clients import serving
from tests.redemption.world import Issuer, World, settings

from common.database import in_transaction, new_engine
from redemption.app import create_app
from redemption.partners import seed


@asynccontextmanager
async def a_world(database_url: str) -> AsyncIterator[World]:
    """The demonstration's partners, and a published key, in a database."""
    own = settings(database_url)
    engine = new_engine(own.database_url, application_name="tests", pool_size=5)
    await in_transaction(engine, seed.seed_demo)
    made = World(engine, own, Issuer())
    await made.tell(made.issuer.published())
    yield made
    await engine.dispose()


@pytest.fixture(scope="session")
async def world(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    async with a_world(new_database("redemption")) as made:
        yield made


@pytest.fixture(scope="session")
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(world.settings)) as made:
        yield made

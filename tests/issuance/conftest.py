"""A card desk of one's own for each test module."""

from collections.abc import AsyncIterator, Callable

import httpx2 as httpx
import pytest_asyncio
from tests.clients import serving
from tests.issuance.builders import Desk, a_desk

from issuance.app import create_app


@pytest_asyncio.fixture(scope="module")
async def desk(new_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    made = await a_desk(new_database("issuance"))
    yield made
    await made.engine.dispose()


@pytest_asyncio.fixture(scope="module")
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The API process: it has no master key and must work without."""
    settings = desk.settings.model_copy(update={"signing_master_key": None})
    async with serving(create_app(settings)) as made:
        yield made

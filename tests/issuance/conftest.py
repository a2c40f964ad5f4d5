"""A card desk of one's own for each test module."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio
from tests.issuance.builders import Desk, a_desk


@pytest_asyncio.fixture(scope="module")
async def desk(new_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    made = await a_desk(new_database("issuance"))
    yield made
    await made.engine.dispose()

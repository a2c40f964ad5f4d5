"""A card desk of one's own for each test module."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx2 as httpx
import pytest
import pytest_asyncio
from tests.clients import serving
from tests.issuance.builders import Desk, a_desk
from tests.issuance.stretching import QUICK

from issuance.app import create_app
from issuance.trust import root_key


@pytest.fixture(autouse=True, scope="module")
def quickly_stretched() -> Iterator[None]:
    """What it costs to try the passphrase of a root has a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(root_key, "STRETCHING", QUICK)
        yield


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

"""The services, started once for the tests of identity."""

from collections.abc import AsyncIterator, Callable

import pytest
from tests.identity.world import World, world_of


@pytest.fixture(scope="session")
async def world(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    """The three services with the registry as issuer; tests make their own people."""
    urls = {name: new_database(name) for name in ("registry", "issuance", "redemption")}
    async with world_of(urls) as running:
        yield running


@pytest.fixture
async def own_world(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    """A registry of this test's own, for what would disturb others."""
    async with world_of({"registry": new_database("registry")}) as running:
        yield running

"""A headless browser and a plain client for the shell's tests."""

import os
import shutil
from collections.abc import AsyncIterator, Callable

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
# The pages of a test are ours: nothing here needs to be asked of the world outside.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("no Chromium here: make setup installs it, or give CHROMIUM=/path")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        await chromium.close()


@pytest.fixture
def client_of() -> Callable[[FastAPI], httpx.AsyncClient]:
    """`client_of(app)`: a client that calls an app directly and keeps its cookies."""

    def new_client(app: FastAPI) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://testserver")

    return new_client

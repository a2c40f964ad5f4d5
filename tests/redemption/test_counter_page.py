"""The counter in a real browser: camera, network failure, keyboard, no script, a narrow phone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize
from sqlalchemy import text
from tests.chromium import CHROMIUM, WITHIN_MS
from tests.redemption.browser import film_of, on_a_port, with_camera
from tests.redemption.test_pins import Pins
from tests.redemption.world import Card, Issuer, World, a_benefit, an_operator

from redemption.app import create_app

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture
async def family(world: World) -> Card:
    made, _ = await world.a_family(
        a_benefit(name_id="Paket pangan"),
        a_benefit(kind="balance", name_id="Saldo", amount_rupiah=90_000),
    )
    return made


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with on_a_port(create_app(world.settings)) as found:
        yield found


@pytest.fixture
async def browser_with_camera(family: Card, tmp_path: Path) -> AsyncIterator[Browser]:
    film = await asyncio.to_thread(film_of, family.token, tmp_path / "camera.y4m")
    async with with_camera(film) as started:
        yield started


async def opened(browser: Browser, **options) -> Page:
    context = await browser.new_context(
        viewport=PHONE, extra_http_headers=an_operator(name="Rina"), **options
    )
    context.set_default_timeout(WITHIN_MS)
    return await context.new_page()


async def fits(page: Page) -> bool:
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return bool(overflow <= 0)


async def test_a_card_before_the_camera_is_read_and_its_parcel_given(
    browser_with_camera: Browser, address: str, family: Card
):
    page = await opened(browser_with_camera, permissions=["camera"])
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{address}/counter")
    await page.wait_for_selector(".holder-name")
    assert await page.inner_text(".holder-name") == family.printed_name
    assert await fits(page)
    await page.click("text=Paket pangan")
    await page.click("text=Nama cocok, serahkan")
    await page.wait_for_selector(".receipt")
    assert await fits(page)
    assert faults == []


async def test_a_network_that_fails_is_tried_again_and_counts_once(
    world: World, browser: Browser, address: str, family: Card
):
    page = await opened(browser)
    await page.goto(f"{address}/counter")
    await page.fill("#card", family.number)
    await page.keyboard.press("Enter")
    await page.click("text=Paket pangan")
    # Before its script runs the form posts itself, and that is another path.
    await page.wait_for_selector("#serahkan")
    await page.wait_for_load_state("domcontentloaded")

    async def served_but_never_answered(route):
        await route.fetch()
        await route.abort()

    await page.route("**/v1/redemptions", served_but_never_answered)
    await page.click("text=Nama cocok, serahkan")
    await page.wait_for_selector("[data-unsure]:not([hidden])")
    await page.unroute("**/v1/redemptions")
    await page.click("[data-again]")
    await page.wait_for_selector(".receipt")
    async with world.engine.connect() as tx:
        lines = await tx.scalar(
            text("SELECT count(*) FROM redemptions WHERE household_id = :h"),
            {"h": family.household_id},
        )
    assert lines == 1


async def test_a_mistyped_number_is_found_in_the_page_and_the_keyboard_does_the_rest(
    browser: Browser, address: str, family: Card
):
    page = await opened(browser)
    await page.goto(f"{address}/counter")
    wrong = ("A" if family.number[0] != "A" else "B") + family.number[1:]
    await page.fill("#card", wrong)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-number-error]:not([hidden])")
    await page.fill("#card", family.number)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".offer")
    await page.locator(".offer", has_text="Saldo").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#amount_rupiah")
    await page.locator("#amount_rupiah").focus()
    await page.keyboard.type("40000")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".receipt")
    assert "Rp50.000" in await page.inner_text(".receipt")


async def test_back_leads_to_the_counter_from_each_step(
    browser: Browser, address: str, family: Card
):
    page = await opened(browser)

    async def back() -> None:
        await page.go_back()
        await page.wait_for_selector("#card")
        assert page.url == f"{address}/counter"

    for steps in ((), ("text=Paket pangan",), ("text=Paket pangan", "text=Nama cocok, serahkan")):
        await page.goto(f"{address}/counter")
        await page.fill("#card", family.number)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".holder-name")
        for step in steps:
            await page.click(step)
            await page.wait_for_selector(".receipt" if "Nama" in step else "[data-decide]")
        await back()
    unknown = Card(Issuer())
    await page.fill("#card", unknown.number)
    await page.keyboard.press("Enter")
    await page.click("text=Kartu berikutnya")
    await page.wait_for_selector("#card")
    await back()


async def test_without_script_a_typed_number_serves_and_a_refusal_says_what_to_do(
    browser: Browser, address: str, family: Card
):
    page = await opened(browser, java_script_enabled=False)
    for _ in range(2):
        await page.goto(f"{address}/counter")
        await page.fill("#card", family.number)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".holder-name")
        if await page.locator(".offer", has_text="Paket pangan").count():
            await page.locator(".offer", has_text="Paket pangan").click()
            await page.click("text=Foto cocok, serahkan")
            await page.wait_for_selector(".receipt")
    assert "Sudah diambil pada" in await page.inner_text(".offer-used")
    await page.goto(f"{address}/counter")
    await page.fill("#card", family.number[:-1])
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".notice-page")
    assert await page.inner_text("h1") == "Ini bukan nomor kartu"


async def test_a_photo_of_the_card_is_read_as_well(
    world: World, browser: Browser, address: str, family: Card, tmp_path: Path
):
    import zxingcpp
    from PIL import Image

    code = zxingcpp.create_barcode(family.token, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    grey = zxingcpp.write_barcode_to_image(code, scale=9, add_quiet_zones=True)
    photo = tmp_path / "photo.png"
    Image.fromarray(grey).rotate(6, expand=True, fillcolor=255).save(photo)
    await Pins(world).hear(family.card_id, "483926")
    page = await opened(browser)
    await page.goto(f"{address}/counter")
    await page.set_input_files("[data-photo]", photo)
    await page.wait_for_selector(".holder-name")
    await the_pin_is_no_way_once_it_is_locked(page)


async def the_pin_is_no_way_once_it_is_locked(page: Page) -> None:
    """The name is: its button is the first one then, and nobody types a PIN in vain."""
    locked = {"code": "pin_locked", "title": "PIN terkunci", "detail": "Cocokkan namanya."}
    await page.click("text=Paket pangan")
    await page.wait_for_load_state()
    await page.fill("#pin", "111222")
    await page.route("**/v1/redemptions", lambda route: route.fulfill(status=409, json=locked))
    await page.click("text=PIN diketik, serahkan")
    await page.wait_for_selector("#serahkan [data-refused]:not([hidden])")
    assert await page.locator("#pin, [value=pin_right]").count() == 0
    await page.unroute("**/v1/redemptions")
    await page.click(".btn-primary[value=name_compared]")
    await page.wait_for_selector(".receipt")

"""The companion's phone: opened once with network, then used for a day without."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from asgi_lifespan import LifespanManager
from playwright.async_api import Page, expect
from tests.clients import trust_test_issuer
from tests.e2e.browsers import PHONE
from tests.issuance.handing import INDEX, SEALER, a_giver, calls_as, declares
from tests.polling import until
from tests.web.shell import served

from common.ids import new_id
from issuance.app import create_app
from issuance.handing_over.rounds import NewRound, make_round, take_round

VILLAGE = "62.04.01.2001"
SMALL_TARGETS = """() => [...document.querySelectorAll('button, .pick-row, input')]
    .filter((e) => e.type !== "radio")
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 48)
    .map((e) => e.outerHTML.slice(0, 90))"""


@pytest.fixture
async def address(desk) -> AsyncIterator[str]:
    app = trust_test_issuer(create_app(desk.settings))
    async with LifespanManager(app), served(app) as found:
        yield found


async def a_round_of(desk, companion, names):
    cards = [await desk.a_card(name, region_code=VILLAGE, state="at_desk") for name in names]
    wish = NewRound(new_id(), VILLAGE, date(2026, 5, 6))
    await desk.do(lambda tx: make_round(tx, a_giver("K", "card_desk"), SEALER, INDEX, wish))
    await desk.do(lambda tx: take_round(tx, companion, wish.round_id, counted=len(names)))
    return wish.round_id, cards


async def gives(page: Page, name: str) -> None:
    await page.locator(".family", has_text=name).click()
    await page.get_by_role("button", name="Diserahkan").last.click()
    await page.get_by_text("KTP", exact=True).click()
    assert await page.evaluate(SMALL_TARGETS) == []
    await page.get_by_role("button", name="Simpan: kartu diserahkan").click()
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def returns(page: Page, name: str) -> None:
    await page.locator(".family", has_text=name).click()
    await page.get_by_role("button", name="Dibawa kembali").click()
    await page.get_by_text("Sudah pindah").click()
    await page.get_by_role("button", name="Simpan: kartu dibawa kembali").click()
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_a_day_without_network_reaches_the_server_exactly_once(desk, browser, address):
    companion = await declares(desk, a_giver("Dewi"))
    names = ["AMINAH", "BERLIAN", "CUCU", "DARTO", "EFRATA"]
    round_id, cards = await a_round_of(desk, companion, names)
    context = await browser.new_context(viewport=PHONE, locale="id-ID")
    await context.set_extra_http_headers(calls_as(companion))
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security" in m.text else None)

    await page.goto(f"{address}/handovers/app?lang=id")
    await expect(page.locator(".family")).to_have_count(5)
    await page.evaluate("navigator.serviceWorker.ready")
    await until(page, "navigator.serviceWorker.controller !== null")
    await context.set_offline(True)
    for name in names[:3]:
        await gives(page, name)
    await returns(page, "DARTO")
    await expect(page.get_by_role("button", name="4 belum terkirim")).to_be_visible()

    await page.reload()
    await expect(page.get_by_role("button", name="4 belum terkirim")).to_be_visible()
    await expect(page.locator(".family")).to_have_count(1)
    await page.get_by_role("searchbox").fill("dar")
    await expect(page.locator(".family .badge")).to_contain_text("tersimpan di telepon")
    kept = await page.evaluate("""async () => {
        const opened = await new Promise((done) => {
            const asked = indexedDB.open("khbs-handovers");
            asked.onsuccess = () => done(asked.result);
        });
        const read = (store, what) => new Promise((done) => {
            const asked = opened.transaction(store).objectStore(store)[what]();
            asked.onsuccess = () => done(asked.result);
        });
        const lines = await read("lines", "getAll");
        const bytes = lines.map((one) => new TextDecoder().decode(one.data));
        const [key] = await read("keys", "getAll");
        return { bytes: bytes.join(""), extractable: key.extractable };
    }""")
    assert kept["extractable"] is False
    assert "hand_over" not in kept["bytes"]
    assert await desk.rows("SELECT 1 FROM hand_overs WHERE round_id = :id", id=round_id) == []

    # Back in the network, but signed in too long ago: nothing is lost, and it says what to do.
    await context.set_extra_http_headers({"authorization": "Bearer expired"})
    await context.set_offline(False)
    await expect(page.locator("[data-banner]")).to_contain_text("Masuk lagi untuk mengirim")
    await expect(page.get_by_role("button", name="4 belum terkirim")).to_be_visible()
    await context.set_extra_http_headers(calls_as(companion))
    await page.get_by_role("button", name="4 belum terkirim").click()
    await expect(page.get_by_role("button", name="Semua terkirim")).to_be_visible()
    given = await desk.rows("SELECT card_id FROM hand_overs WHERE round_id = :id", id=round_id)
    assert sorted(row.card_id for row in given) == sorted(card.card_id for card in cards[:3])
    back = await desk.rows(
        "SELECT card_id, return_reason FROM round_cards WHERE outcome = 'returned'"
        " AND round_id = :id",
        id=round_id,
    )
    assert [(row.card_id, row.return_reason) for row in back] == [(cards[3].card_id, "moved")]
    lines = await desk.rows("SELECT state FROM journal_lines")
    assert [row.state for row in lines] == ["accepted"] * 4
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert wrong == []
    await context.close()

"""The shell in a real browser: nothing is blocked, everyone can read it, at two widths."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, expect
from tests.web.shell import MENU_OF_EVERYTHING, Settings, a_person, new_app, served
from tests.web.windows import (
    DESK,
    PHONE,
    PRESSED,
    TARGET_PX,
    TOO_SMALL,
    barriers_of,
    of_interest,
    opened,
    seen,
)

PAGES = (
    "/",
    "/households",
    "/households/none",
    "/imports/new",
    "/imports/1",
    "/problem",
    "/message",
    "/confirm",
)


def everything() -> FastAPI:
    return new_app(a_person(*MENU_OF_EVERYTHING))


@pytest.fixture(scope="module")
async def shown() -> AsyncIterator[str]:
    """The address of an app that several tests read."""
    async with served(everything()) as address:
        yield address


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360px", "1280px"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_can_be_used_by_everyone(
    browser: Browser, shown: str, path: str, size: dict[str, int]
):
    async with seen(browser, size) as (page, wrong):
        await page.goto(shown + path)
        assert await barriers_of(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert await page.evaluate(TOO_SMALL, [PRESSED, TARGET_PX]) == []
        assert of_interest(wrong) == []


async def test_a_page_that_breaks_the_policy_is_noticed(browser: Browser):
    async with opened(browser, everything()) as (page, address, wrong):
        await page.goto(address + "/")
        await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>x')")
        await expect(page.locator("p", has_text="x").last).to_be_visible()
        assert any("Content Security Policy" in text for text in of_interest(wrong))


async def test_the_card_decoder_runs_only_where_a_page_asks_for_it(browser: Browser, shown: str):
    async with seen(browser) as (page, wrong):
        await page.goto(shown + "/scan")
        await expect(page.locator("#read")).to_have_text("HUMA BETANG")
        assert of_interest(wrong) == []
        await page.goto(shown + "/scan/blocked")
        await expect(page.locator("#read")).to_contain_text("blocked")


async def test_a_form_leads_to_the_other_services_and_nowhere_else(browser: Browser, shown: str):
    person = a_person("people.read")
    async with opened(browser, new_app(person, Settings(redemption_url=shown))) as (page, here, _):
        await page.goto(here + "/elsewhere")
        await page.get_by_role("button", name="Pergi").click()
        await page.wait_for_url(shown + "/message")
    app = new_app(person)
    async with opened(browser, app) as (page, here, _):
        app.state.settings = Settings(redemption_url=shown)
        await page.goto(here + "/elsewhere")
        async with page.expect_console_message(lambda said: "form-action" in said.text):
            await page.get_by_role("button", name="Pergi").click()
        assert page.url == here + "/elsewhere"


async def test_the_menu_of_a_phone_unfolds_and_closes_with_escape(browser: Browser):
    async with opened(browser, everything(), PHONE) as (page, address, _):
        await page.goto(address + "/households")
        entry = page.locator(".menu-fold a", has_text="Keluarga")
        await expect(entry).to_be_hidden()
        await page.locator(".menu-fold summary").click()
        await expect(entry).to_be_visible()
        await expect(entry).to_have_attribute("aria-current", "page")
        await page.keyboard.press("Escape")
        await expect(entry).to_be_hidden()


async def test_the_first_key_leads_past_the_menu(browser: Browser):
    async with opened(browser, everything()) as (page, address, _):
        await page.goto(address + "/households")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip-link")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()


async def test_htmx_asks_with_the_token_and_shows_how_far_a_job_is(browser: Browser):
    app = everything()
    async with opened(browser, app) as (page, address, wrong):
        await page.goto(address + "/imports/1")
        await expect(page.locator("progress")).to_have_attribute("value", "31")
        await expect(page.locator("progress")).to_have_attribute("value", "97")
        assert of_interest(wrong) == []
    assert app.state.sent[0]["hx-request"] == "true"
    assert app.state.sent[0]["x-csrf-token"] == "t0k"


async def test_htmx_asks_before_it_acts_when_told_to(browser: Browser):
    app = everything()
    async with opened(browser, app) as (page, address, _):
        await page.goto(address + "/imports/1")
        await page.locator("#retry").click()
        await page.locator("#konfirmasi button[value=no]").click()
        await expect(page.locator("#konfirmasi")).to_be_hidden()
        await page.locator("#retry").click()
        await page.locator("#konfirmasi button[value=yes]").click()
        await expect(page.locator("progress")).to_have_attribute("value", "50")
    assert [sent for sent in app.state.sent if sent.get("hx-source") == "button#retry"]


async def test_a_failure_of_the_server_is_said_and_not_put_into_the_page(browser: Browser):
    async with opened(browser, everything()) as (page, address, _):
        await page.goto(address + "/imports/1")
        await page.locator("#break").click()
        await expect(page.locator("#pesan")).to_have_text(
            "Permintaan tidak dapat diproses. Muat ulang halaman, lalu coba lagi."
        )
        await expect(page.locator("#kemajuan")).to_be_visible()
        await expect(page.locator("header.masthead")).to_have_count(1)


async def test_a_dangerous_button_asks_first_and_posts_once(browser: Browser):
    app = everything()
    async with opened(browser, app) as (page, address, _):
        await page.goto(address + "/households")
        await page.get_by_role("button", name="Blokir kartu").click()
        await page.locator("#konfirmasi").get_by_role("button", name="Batal").click()
        assert app.state.sent == []
        await page.get_by_role("button", name="Blokir kartu").click()
        await page.get_by_role("button", name="Ya, lanjutkan").click()
        await page.wait_for_url("**/imports/new")
    assert [sent["csrf_token"] for sent in app.state.sent] == ["t0k"]


async def test_a_refused_form_is_read_out_and_leads_to_its_fields(browser: Browser):
    async with opened(browser, everything(), PHONE) as (page, address, wrong):
        await page.goto(address + "/imports/new")
        await page.get_by_role("button", name="Unggah dan periksa").click()
        await expect(page.locator("[data-error-summary]")).to_be_focused()
        assert await barriers_of(page) == []
        await page.get_by_role("link", name="Isi alasan.").click()
        await expect(page.locator("#reason")).to_be_focused()
        assert of_interest(wrong) == []


async def test_a_file_that_is_chosen_is_named(browser: Browser, tmp_path: Path):
    (tmp_path / "penduduk.xlsx").write_bytes(b"x" * 3000)
    async with opened(browser, everything()) as (page, address, _):
        await page.goto(address + "/imports/new")
        await page.locator("input[type=file]").set_input_files(tmp_path / "penduduk.xlsx")
        await expect(page.locator("[data-file-name]")).to_have_text("penduduk.xlsx (3 KB)")


async def test_a_file_that_is_dropped_is_taken(browser: Browser):
    async with opened(browser, everything()) as (page, address, _):
        await page.goto(address + "/imports/new")
        dropped = await page.evaluate_handle(
            """() => { const carried = new DataTransfer();
                       carried.items.add(new File(["abc"], "desa.xlsx")); return carried; }"""
        )
        await page.dispatch_event("[data-drop-zone]", "drop", {"dataTransfer": dropped})
        await expect(page.locator("[data-file-name]")).to_have_text("desa.xlsx (1 KB)")
        count = await page.evaluate("document.querySelector('input[type=file]').files.length")
        assert count == 1


async def test_the_switch_changes_the_language_and_stays_on_the_page(browser: Browser):
    async with opened(browser, everything()) as (page, address, _):
        await page.goto(address + "/households?after=x")
        await page.get_by_role("button", name="English").click()
        await page.wait_for_url("**/households?after=x")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.get_by_role("button", name="Bahasa Indonesia").click()
        await expect(page.locator("html")).to_have_attribute("lang", "id")


async def test_the_pages_work_without_script(browser: Browser):
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    async with served(everything()) as address:
        await page.goto(address + "/imports/1")
        await page.locator(".menu-fold summary").click()
        await expect(page.locator(".menu-fold a").first).to_be_visible()
        await expect(page.get_by_role("link", name="Muat ulang untuk melihat")).to_be_visible()
        await page.goto(address + "/imports/new")
        await page.get_by_role("button", name="Unggah dan periksa").click()
        await expect(page.locator("[data-error-summary]")).to_be_visible()
        await context.close()

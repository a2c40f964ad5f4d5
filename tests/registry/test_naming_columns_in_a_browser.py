"""Naming columns in a real browser: by drag, by keyboard, and without any script."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from tests.chromium import CHROMIUM, WITHIN_MS
from tests.redemption.browser import on_a_port
from tests.registry.conftest import Registry, operator
from tests.registry.files import a_village
from tests.registry.test_naming_columns import a_file, waiting
from tests.web.windows import DESK, PHONE, PRESSED, TARGET_PX, TOO_SMALL, barriers_of

from registry.app import create_app

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
ODD = ("No", "Kartu", "Induk", "Panggilan", "Jns", "Hari", "Peran", "Keterangan")
COLUMN, TARGET = '[data-column="{}"]', "[data-target]:has(#kolom-{})"
SHOTS = os.environ.get("SHOTS")


@pytest.fixture
async def address(registry: Registry) -> AsyncIterator[str]:
    async with on_a_port(create_app(registry.settings)) as found:
        yield found


async def opened(browser: Browser, village: str, size: Any = DESK, **options: Any) -> Page:
    context = await browser.new_context(
        viewport=size, extra_http_headers=operator(village), locale="id-ID", **options
    )
    context.set_default_timeout(WITHIN_MS)
    return await context.new_page()


async def shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def drag(page: Page, place: int, name: str) -> None:
    """Drag as a person does: first to where both ends are in sight (the columns come along)."""
    await page.locator(TARGET.format(name)).scroll_into_view_if_needed()
    await page.drag_and_drop(COLUMN.format(place), TARGET.format(name))


async def state_of(registry: Registry, batch: Any, village: str) -> str:
    await registry.do_jobs()
    read = await registry.import_of(batch["id"], village)
    assert read["counts"].get("errors") == 0, read
    return str(read["state"])


async def test_columns_are_dragged_or_picked_by_keyboard_onto_what_they_are(
    registry: Registry, browser: Browser, address: str
) -> None:
    village = a_village()
    batch = await waiting(registry, village, a_file(ODD))
    page = await opened(browser, village)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{address}/imports/{batch['id']}/columns")
    for place, name in ((1, "no_kk"), (2, "nik"), (3, "nama")):
        await drag(page, place, name)
        assert await page.input_value(f"#kolom-{name}") == str(place)
    for place, name in ((5, "tanggal_lahir"),):
        await page.focus(COLUMN.format(place))
        await page.keyboard.press("Enter")
        assert await page.get_attribute(COLUMN.format(place), "aria-pressed") == "true"
        await page.focus(f"{TARGET.format(name)} [data-drop]")
        await shoot(page, "columns-picked")
        await page.keyboard.press("Enter")
        assert await page.input_value(f"#kolom-{name}") == str(place)
    # A column that is put elsewhere leaves where it was.
    await drag(page, 3, "nama_ibu")
    assert await page.input_value("#kolom-nama") == ""
    await drag(page, 3, "nama")
    assert await page.input_value("#kolom-nama_ibu") == ""
    assert await barriers_of(page) == []
    await page.click("text=Simpan dan baca berkasnya")
    await page.wait_for_url(f"**/imports/{batch['id']}")
    assert "SITI" not in page.url
    assert await state_of(registry, batch, village) == "staged"
    assert faults == []


async def test_without_script_the_lists_do_it_all_on_a_phone(
    registry: Registry, browser: Browser, address: str
) -> None:
    village = a_village()
    batch = await waiting(registry, village, a_file(ODD))
    page = await opened(browser, village, PHONE, java_script_enabled=False)
    await page.goto(f"{address}/imports/{batch['id']}")
    await page.click("main a:has-text('Tunjukkan kolomnya')")
    assert await page.locator("[data-columns]").is_hidden()
    choices = {"no_kk": 1, "nik": 2, "nama": 0, "jenis_kelamin": 4, "tanggal_lahir": 5}
    for name, place in choices.items():
        await page.select_option(f"#kolom-{name}", str(place))
    await page.click("text=Simpan dan baca berkasnya")
    assert "tampaknya bukan itu" in await page.inner_text("[data-error-summary]")
    await page.select_option("#kolom-nama", "3")
    await page.click("text=Simpan dan baca berkasnya")
    await page.wait_for_url(f"**/imports/{batch['id']}")
    assert await state_of(registry, batch, village) == "staged"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360px", "1280px"])
async def test_the_pages_fit_and_shut_nobody_out(
    registry: Registry, browser: Browser, address: str, size: dict[str, int]
) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    page = await opened(browser, village, size)
    for path in ("/imports/new", f"/imports/{batch['id']}", f"/imports/{batch['id']}/columns"):
        await page.goto(address + path)
        name = path.rsplit("/", 1)[-1] if path.count("-") < 2 or "columns" in path else "waiting"
        await shoot(page, f"{name}-{size['width']}")
        assert await barriers_of(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert await page.evaluate(TOO_SMALL, [PRESSED, TARGET_PX]) == []

"""Signing in with a real browser: its policy, its cookies, its forms, its redirects."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.identity.chromium import served_world
from tests.identity.people import Person, new_person
from tests.identity.world import PASSWORD, World
from tests.polling import until

# Where to keep pictures of the pages, for a person to look at; none by default.
PICTURES = os.environ.get("PICTURES", "")
WIDTHS = (360, 1280)
Served = tuple[World, dict[str, str]]


@pytest.fixture(scope="session")
async def stack(new_database: Any) -> AsyncIterator[Served]:
    async with served_world(new_database) as found:
        yield found


@pytest.fixture
async def window(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context()
    page = await context.new_page()
    refusals: list[str] = []
    page.on("console", lambda said: refusals.append(said.text) if "Policy" in said.text else None)
    yield page
    await context.close()
    assert refusals == []


async def picture(page: Page, name: str) -> None:
    """Keep the page as it looks on a phone and on a desk, when asked for."""
    if not PICTURES:
        return
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        path = Path(PICTURES) / f"{name}-{width}.png"
        await page.screenshot(path=path, full_page=True)


async def fits(page: Page) -> None:
    """Expect nothing to stick out sideways on a narrow phone."""
    await page.set_viewport_size({"width": 360, "height": 800})
    # The page is laid out anew after the window's size changed, not in the same moment.
    await until(page, "document.documentElement.scrollWidth <= innerWidth")
    await page.set_viewport_size({"width": 1280, "height": 800})


async def give_password(page: Page, username: str, password: str) -> None:
    await page.get_by_label("Nama pengguna").fill(username)
    await page.get_by_label("Kata sandi").fill(password)
    await page.get_by_role("button", name="Masuk").click()


async def test_a_person_signs_in_at_one_service_and_is_known_to_the_others(
    stack: Served, window: Page
):
    _, address = stack
    await window.goto(f"{address['issuance']}/")
    await window.get_by_role("link", name="Masuk untuk bekerja").click()
    await expect(window).to_have_url(re.compile(f"^{re.escape(address['registry'])}/sign-in"))
    await picture(window, "sign-in")
    await fits(window)
    await give_password(window, "kartu", PASSWORD)
    await expect(window).to_have_url(f"{address['issuance']}/")
    await expect(window.get_by_text("Siti Rahmah").first).to_be_visible()
    await window.goto(f"{address['redemption']}/")
    await window.get_by_role("link", name="Masuk untuk bekerja").click()
    await expect(window).to_have_url(f"{address['redemption']}/")
    await expect(window.get_by_text("Siti Rahmah").first).to_be_visible()
    await window.get_by_text("Siti Rahmah").first.click()
    await window.get_by_role("button", name="Keluar").click()
    await expect(window.get_by_role("link", name="Masuk untuk bekerja")).to_be_visible()
    assert window.url == f"{address['redemption']}/"
    await window.goto(f"{address['issuance']}/auth/login")
    await expect(window.get_by_label("Kata sandi")).to_be_visible()


async def test_a_wrong_password_is_said_where_the_reader_looks(stack: Served, window: Page):
    _, address = stack
    await window.goto(f"{address['redemption']}/auth/login")
    await give_password(window, "auditor", "wrong wrong wrong")
    await expect(window.get_by_role("alert")).to_be_focused()
    await picture(window, "sign-in-wrong")
    await fits(window)
    await give_password(window, "auditor", PASSWORD)
    await expect(window).to_have_url(f"{address['redemption']}/")


async def test_a_new_approver_takes_every_step(stack: Served, window: Page):
    world, address = stack
    person = await new_person(world, "finance", one_time=True)
    await window.goto(f"{address['issuance']}/auth/login")
    await give_password(window, person.username, person.password)
    await expect(window.get_by_role("heading", name="Buat kata sandi sendiri")).to_be_visible()
    await picture(window, "new-password")
    await fits(window)
    new = "nasi goreng tengah malam"
    await window.get_by_label("Kata sandi baru", exact=True).fill(new)
    await window.get_by_label("Kata sandi baru, sekali lagi").fill(new)
    await window.get_by_role("button", name="Simpan dan lanjutkan").click()
    await expect(window.get_by_role("img", name="Kode QR")).to_be_visible()
    await picture(window, "second-factor")
    await fits(window)
    person.totp_secret = await secret_on(window)
    assert await secret_in_picture(window) == person.totp_secret
    await window.get_by_label("Kode enam angka").fill(person.code(-1))
    await window.get_by_role("button", name="Pasang dan lanjutkan").click()
    await expect(window).to_have_url(f"{address['issuance']}/")
    await sign_in_again(stack, window, person, new)


async def sign_in_again(stack: Served, window: Page, person: Person, password: str) -> None:
    _, address = stack
    await window.context.clear_cookies()
    await window.goto(f"{address['issuance']}/auth/login")
    await give_password(window, person.username, password)
    await expect(window.get_by_label("Kode enam angka")).to_be_focused()
    await picture(window, "code")
    await fits(window)
    await window.get_by_label("Kode enam angka").fill(person.code())
    await window.get_by_role("button", name="Lanjutkan").click()
    await expect(window).to_have_url(f"{address['issuance']}/")


async def secret_on(window: Page) -> str:
    return (await window.locator(".enrolment code").inner_text()).replace(" ", "")


async def secret_in_picture(window: Page) -> str:
    """Read the QR code off the screen, as a phone would."""
    import io

    import pyotp
    import zxingcpp
    from PIL import Image

    shot = await window.get_by_role("img", name="Kode QR").screenshot(scale="css")
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(shot)))
    return str(pyotp.parse_uri(found[0].text).secret)


async def test_an_administrator_makes_an_account_and_a_system(stack: Served, window: Page):
    world, address = stack
    admin = await new_person(world, "administrator")
    await window.goto(f"{address['registry']}/auth/login?next=/accounts")
    await give_password(window, admin.username, admin.password)
    admin.totp_secret = await secret_on(window)
    await window.get_by_label("Kode enam angka").fill(admin.code(-1))
    await window.get_by_role("button", name="Pasang dan lanjutkan").click()
    await expect(window).to_have_url(f"{address['registry']}/accounts")
    await picture(window, "accounts")
    await fits(window)
    await window.get_by_role("link", name="Akun baru").click()
    await window.get_by_label("Nama lengkap").fill("Rina Tundan")
    await window.get_by_label("Nama pengguna").fill("rina.tundan")
    await window.get_by_label("Peran").select_option("village_operator")
    await window.get_by_label("Wilayah").fill("Atlantis")
    await window.get_by_role("button", name="Simpan").click()
    await expect(window.get_by_role("alert")).to_be_focused()
    await picture(window, "account-new")
    await fits(window)
    await window.get_by_label("Wilayah").fill("Mantangai")
    await window.get_by_role("button", name="Simpan").click()
    await expect(window.get_by_role("heading", name="Kata sandi sekali pakai")).to_be_visible()
    await picture(window, "account-password")
    await fits(window)
    await window.get_by_role("link", name="Sudah dicatat").click()
    await expect(window.get_by_role("heading", name="Rina Tundan")).to_be_visible()
    await picture(window, "account")
    await fits(window)
    await window.get_by_role("button", name="Nonaktifkan").click()
    await window.get_by_role("button", name="Ya, lanjutkan").click()
    await expect(window.get_by_text("Nonaktif sejak")).to_be_visible()
    await window.goto(f"{address['registry']}/accounts/systems/new")
    await window.get_by_label("Nama sistem").fill("Kasir Pasar Kahayan")
    await window.get_by_label("Nomor mitra").fill("01930000-0000-7000-8000-000000000002")
    await window.get_by_role("button", name="Simpan").click()
    await expect(window.get_by_role("heading", name="Kunci sistem")).to_be_visible()
    await picture(window, "system-secret")
    await fits(window)
    await window.get_by_role("link", name="Sudah dicatat").click()
    await picture(window, "system")
    await fits(window)
    await window.goto(f"{address['registry']}/accounts/systems")
    await picture(window, "systems")
    await window.goto(f"{address['registry']}/account")
    await picture(window, "own")
    await fits(window)


async def test_an_auditor_reads_the_log(stack: Served, window: Page):
    _, address = stack
    await window.goto(f"{address['registry']}/auth/login?next=/audit")
    await give_password(window, "auditor", PASSWORD)
    await expect(window.get_by_role("heading", name="Jejak audit")).to_be_visible()
    await picture(window, "audit")
    await fits(window)


async def test_the_pages_of_signing_in_work_without_script(stack: Served, chromium: Browser):
    _, address = stack
    context: BrowserContext = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{address['issuance']}/auth/login")
    await give_password(page, "auditor", PASSWORD)
    await expect(page.get_by_text("Tono Garing").first).to_be_visible()
    await context.close()

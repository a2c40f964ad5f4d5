"""A distribution day where there is no signal, as its people see it: from the code for a phone to
the money, with the real services, two browsers, and a battery that dies in the middle.
"""

import asyncio
import os
import re
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import expect as see
from playwright.sync_api import Browser, expect
from tests.e2e.browsers import DESK, Seat, chromium
from tests.e2e.commands import run
from tests.e2e.people import Town
from tests.redemption.phone import Phone, a_phone

from common.card_number import card_number
from common.clock import utc_now
from common.demo import PARTNER_FOOD_POINT_ID
from common.web.formats import in_wib
from local.stack import Stack

VILLAGE = "62.03.01.1008"
# Families of the village that have their card, chose no PIN, and have not had the parcel.
WAITING = """
    SELECT c.card_id FROM cards c JOIN card_statuses s USING (card_id)
    JOIN entitlements e USING (household_id) JOIN benefits b ON b.id = e.benefit_id
    WHERE c.region_code = $1 AND s.status = 'valid' AND b.code = 'parcel'
      AND e.remaining_quantity > 0 AND coalesce(e.leased_until, now()) <= now()
      AND NOT EXISTS (
        SELECT 1 FROM card_pins p WHERE p.card_id = c.card_id)
    ORDER BY c.card_id LIMIT 2
"""
GIVEN = "SELECT count(*) FROM redemptions WHERE mode = 'offline' AND region_code = $1"


async def rows(town: Town, statement: str, *values: object) -> list[asyncpg.Record]:
    """Look into redemption's database, as no service and no page does."""
    address = town.state["services"]["redemption"]["database_url"].replace("+asyncpg", "")
    connection = await asyncpg.connect(address)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


@pytest.fixture
def numbers(town: Town) -> list[str]:
    """What is printed on the cards of two families."""
    found = asyncio.run(rows(town, WAITING, VILLAGE))
    if len(found) < 2 and "E2E_RUN_DIR" in os.environ:
        pytest.skip("the demonstration's families of this village were served before")
    return [card_number(row["card_id"]) for row in found]


def test_a_village_without_signal_is_served_counted_and_nothing_is_lost(
    stack: Stack, town: Town, numbers: list[str], tmp_path: Path
):
    with chromium() as browser:
        code = a_code(browser, town)
    label = f"Telepon {code[:4]}"
    asyncio.run(enrol(town, tmp_path / "phone", code, label))
    with chromium() as browser:
        day = plan_and_open(browser, town, label)
    before = given_here(town)
    names = asyncio.run(serve_until_the_battery_dies(town, tmp_path / "phone", numbers))
    assert given_here(town) == before
    asyncio.run(come_back(town, tmp_path / "phone", names))
    assert given_here(town) == before + len(numbers)
    with chromium() as browser:
        counts_are_seen(browser, town, day)
        yesterday_is_settled(browser, town)
    for check in ("check-ledger", "check-settlements"):
        assert adds_up(stack, check), check


def given_here(town: Town) -> int:
    return int(asyncio.run(rows(town, GIVEN, VILLAGE))[0][0])


def a_code(browser: Browser, town: Town) -> str:
    """The partner's admin makes a code for one phone."""
    admin = Seat(browser, town, "mitra-admin", DESK)
    admin.open("redemption", "/terminals")
    admin.press("Buat kode pendaftaran")
    admin.shoot("n1-code")
    assert admin.faults == []
    return admin.page.inner_text(".code-text code").strip()


async def enrol(town: Town, folder: Path, code: str, label: str) -> None:
    """A phone becomes a terminal, and its operator signs in fully, once, and chooses a PIN."""
    async with a_phone(folder, town.url("redemption"), {}) as phone:
        await phone.enrols(code, label)
        login = town.login("mitra")
        await phone.page.goto(f"{town.url('redemption')}/auth/login?next=/terminal/%3Fpin%3D1")
        await phone.page.fill("input[name=username]", "mitra")
        await phone.page.fill("input[name=password]", login["password"])
        await phone.page.click("main button[type=submit]")
        await phone.types_pin()
        await see(phone.page.get_by_text("Ketik PIN sekali lagi")).to_be_visible()
        await phone.types_pin()
        await see(phone.page.locator("body[data-screen=home]")).to_be_visible()
        await phone.waits_for_worker()
        assert phone.faults == []


def plan_and_open(browser: Browser, town: Town, label: str) -> str:
    """The supervisor plans a day of today with this phone and this village; its address."""
    watcher = Seat(browser, town, "pengawas", DESK)
    page = watcher.open("redemption", "/distributions/new")
    page.select_option("select[name=partner]", label="Titik Pangan Bukit Tunggal")
    watcher.press("Lanjut")
    page.select_option("select[name=district]", VILLAGE[:8])
    watcher.press("Tampilkan desa dan terminal")
    page.fill("input[name=name]", "Balai desa, pagi")
    page.fill("input[name=place]", "Balai desa")
    page.fill("input[name=held_on]", in_wib(utc_now()).date().isoformat())
    page.check(f"input[name=villages][value='{VILLAGE}']")
    page.get_by_label(label).check()
    watcher.press("Rencanakan")
    page.wait_for_url(re.compile(r"/distributions/[0-9a-f-]{36}"))
    watcher.press("Buka hari ini")
    watcher.shoot("n2-day-opened")
    assert watcher.faults == []
    return page.url.removeprefix(town.url("redemption"))


async def operator_name(phone: Phone) -> str:
    return await phone.page.locator(".person span:not(.initial)").first.inner_text()


async def serve_until_the_battery_dies(town: Town, folder: Path, numbers: list[str]) -> list[str]:
    """Take the day's lease while there is signal, then serve families without any; their names."""
    names = []
    async with a_phone(folder, town.url("redemption"), {}) as phone:
        await phone.open()
        await phone.unlocks(await operator_name(phone))
        await see(phone.page.locator("[data-chip=trust]")).to_contain_text("lalu")
        await phone.goes("lease")
        await phone.page.locator(".offer", has_text="Balai desa").first.click()
        await see(phone.page.locator("[data-lease-said]")).to_contain_text("siap dilayani")
        await phone.shoot("n3-lease")
        await phone.goes_off_line()
        for number in numbers:
            await phone.types_number(number)
            names.append(await phone.page.inner_text(".name"))
            await phone.shoot("n4-card")
            assert await phone.gives() == "Sudah diserahkan"
        assert await phone.chip("unsent") == "2 belum terkirim"
        await phone.shoot("n5-given")
        assert phone.faults == []
        phone.body.kill()
    return names


async def come_back(town: Town, folder: Path, names: list[str]) -> None:
    """Charged and in reach again, the phone sends before anybody signs in; the rest is free."""
    async with a_phone(folder, town.url("redemption"), {}) as phone:
        await phone.open()
        await see(phone.page.locator("[data-chip=unsent]")).to_have_text("Semua terkirim")
        await phone.unlocks(await operator_name(phone))
        assert await phone.states() == dict.fromkeys(names, "Diterima")
        await phone.shoot("n6-sent")
        await phone.goes("lease")
        await phone.press("Kembalikan")
        await phone.page.locator("dialog[open] button").first.click()
        await see(phone.page.locator("[data-lease-said]")).to_contain_text("kembali")
        assert phone.faults == []


def counts_are_seen(browser: Browser, town: Town, day: str) -> None:
    """The day's page and the cycle's page know of both families."""
    watcher = Seat(browser, town, "pengawas", DESK)
    page = watcher.open("redemption", day)
    expect(page.locator(".minute-share").first).to_have_text("2")
    watcher.shoot("n7-day")
    page.goto(town.url("redemption") + "/cycles")
    page.locator("main a[href^='/cycles/']").first.click()
    expect(page.locator(".minute-share").first).not_to_have_text("0")
    watcher.shoot("n8-cycle")
    assert watcher.faults == []


def yesterday_is_settled(browser: Browser, town: Town) -> None:
    """Finance draws up what the partner gave, the partner agrees, another of finance approves."""
    maker = Seat(browser, town, "keuangan", DESK)
    page = maker.open("redemption", "/settlements")
    page.select_option("select[name=partner_id]", str(PARTNER_FOOD_POINT_ID))
    maker.press("Susun pelunasan")
    page.wait_for_url(re.compile(r"/settlements/[0-9a-f-]{36}"))
    address = page.url.removeprefix(town.url("redemption"))
    maker.press("Kirim ke mitra")
    expect(page.locator("main")).to_contain_text("Mitra memeriksa")
    partner, checker = (Seat(browser, town, user, DESK) for user in ("mitra-admin", "keuangan2"))
    for seat, act, then in (
        (partner, "Sepakati jumlah ini", "Orang kedua di keuangan menyetujui"),
        (checker, "Setujui untuk dibayar", "Keuangan menyusun pembayaran"),
    ):
        seat.open("redemption", address)
        seat.press(act)
        seat.agree()
        expect(seat.page.locator("main")).to_contain_text(then)
    checker.shoot("n9-settlement")
    for seat in (maker, partner, checker):
        assert seat.faults == [], seat.user


def adds_up(stack: Stack, check: str) -> bool:
    """Run a command of the redemption service, as `make run` does."""
    return run(stack, "redemption", "redemption.cli", check).returncode == 0

"""The terminal's app on a phone: enrolled once, then used where there is no network."""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.async_api import Route, expect
from sqlalchemy import text
from tests.chromium import CHROMIUM
from tests.clients import bearer, serving
from tests.polling import until
from tests.redemption.a_terminal import a_code
from tests.redemption.browser import on_a_port
from tests.redemption.conftest import a_world
from tests.redemption.phone import Phone, a_phone, phone_settings, token_of, trust_files
from tests.redemption.rights import a_person, enrolled
from tests.redemption.test_pins import Pins
from tests.redemption.world import (
    FOOD_POINT,
    VILLAGE,
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    a_list,
)

from common import clock
from common.ids import new_id
from common.web.formats import in_wib
from redemption.app import create_app
from redemption.scanner import routes

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
ELSEWHERE = "62.71.01.1002"
BLOCKED, WAITING, REVOKED = 20, 21, 22
STATUSES = {BLOCKED: 2, WAITING: 3, REVOKED: 1}
NAMES = ("AMINAH", "BUDI SANTOSO", "CAHAYA BINTI MUIN")
ALLOW = text(
    "INSERT INTO offline_policies (id, cycle_id, benefit_id, version, is_allowed, "
    "per_act_rupiah_max, per_act_quantity_max, acts_per_terminal_max, lease_hours_max, "
    "decree_number, decree_on, reason, proposed_by, proposed_by_name, outcome, decided_by, "
    "decided_by_name, decided_at, valid_from) VALUES (:id, :cycle_id, :benefit_id, 1, true, "
    "200000, 1, 2, 24, '1/2026', current_date, 'uji', 'a', 'A', 'approved', 'b', 'B', now(), "
    "now() - interval '1 hour')"
)


@dataclass(frozen=True)
class Village:
    """Families with their cards' texts: three in the village that is leased, the last outside."""

    cards: list[Card]
    texts: list[str]


LEFT = "SELECT remaining_rupiah FROM entitlements WHERE household_id = :h"
OF_EACH = "SELECT subject_id, remaining_quantity FROM entitlements WHERE household_id = :h"
PUPILS = ("MELATI", "YANI")
COMPANIONS = "SELECT 1 FROM companion_acts WHERE household_id = :h AND used_at IS NOT NULL"
CARD_PIN = "483926"
TERMINAL_ID = "import('/static/scanner/state.js').then((one) => one.state.terminal.terminal_id)"
KEPT = """async () => {
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("khbs-terminal");
    asked.onsuccess = () => done(asked.result);
  });
  const read = (store) => new Promise((done) => {
    const asked = opened.transaction(store).objectStore(store).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  let text = "";
  for (const store of ["things", "operators", "leases", "journals", "lines", "acts", "pending"]) {
    for (const one of await read(store)) text += new TextDecoder().decode(one.data);
  }
  const keys = await read("keys");
  return { text, extractable: keys.map((one) => one.extractable ?? one.privateKey.extractable) };
}"""


# A phone leases whoever lives in its village: nobody of another test does in this database.
@pytest.fixture(scope="module")
async def world(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    async with a_world(new_database("redemption")) as made:
        yield made


@pytest.fixture(scope="module")
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(world.settings)) as made:
        yield made


@pytest.fixture(scope="module")
async def address(world: World) -> AsyncIterator[str]:
    async with on_a_port(create_app(phone_settings(world))) as found:
        yield found


async def a_village(world: World, name: str = "Paket pangan") -> Village:
    """Three families of the leased village and one of another, in one cycle with one policy."""
    cycle, benefit = a_cycle(), a_benefit(name_id=name)
    families = [(await world.a_family(benefit, cycle=cycle, printed_name=n))[0] for n in NAMES]
    outsider, _ = await world.a_family(
        benefit, cycle=cycle, printed_name="ORANG LUAR", region_code=ELSEWHERE
    )
    async with world.engine.begin() as tx:
        await tx.execute(
            ALLOW,
            {"id": new_id(), "cycle_id": cycle.cycle_id, "benefit_id": benefit.benefit_id},
        )
    cards = [*families, outsider]
    return Village(cards, [token_of(card, 10 + place) for place, card in enumerate(cards)])


@pytest.fixture
async def village(world: World) -> Village:
    return await a_village(world)


@pytest.fixture(scope="module")
async def shared(
    world: World, client: httpx.AsyncClient, address: str, tmp_path_factory: Any
) -> AsyncIterator[tuple[Phone, Village]]:
    """One phone that is ready for work and has a lease, for the tests that need nothing else."""
    own = await a_village(world)
    files = trust_files(world.issuer, STATUSES, list_lives=timedelta(hours=8))
    async with a_phone(tmp_path_factory.mktemp("phone"), address, files) as phone:
        await a_ready_phone(phone, client, "Rina Wati", "Loket 1")
        await phone.leases("Pahandut")
        yield phone, own
        assert phone.faults == []


async def a_ready_phone(
    phone: Phone, client: httpx.AsyncClient, name: str, label: str, *, by_camera: bool = False
) -> None:
    await phone.signs_in_as(name)
    await phone.enrols(await a_code(client, FOOD_POINT), label, by_camera=by_camera)
    await phone.sets_pin(name)
    await expect(phone.page.locator("[data-chip=trust]")).to_contain_text("lalu")
    await phone.waits_for_worker()


async def rows(world: World, sql: str, **values: Any) -> list[Any]:
    async with world.engine.connect() as tx:
        return list(await tx.execute(text(sql), values))


async def test_a_day_without_network_survives_a_dead_battery_and_is_judged_once(
    world: World, client: httpx.AsyncClient, address: str, village: Village, tmp_path: Path
):
    texts, files = village.texts, trust_files(world.issuer, {})
    async with a_phone(tmp_path / "one", address, files) as phone:
        await a_ready_phone(phone, client, "Rina Wati", "Loket 1")
        await phone.leases("Pahandut")
        await phone.goes_off_line()
        await phone.open()
        await phone.unlocks("Rina Wati")
        for card, name in zip(texts[:3], NAMES, strict=True):
            await phone.shows(card)
            assert await phone.page.inner_text(".name") == name
            assert await phone.gives() == "Sudah diserahkan"
        await phone.shows(texts[0])
        await expect(phone.page.locator(".verdict")).to_contain_text("Sudah diambil")
        await phone.shoot("card_used")
        await phone.shows(texts[3])
        await expect(phone.page.locator(".verdict")).to_contain_text("Belum pasti")
        await phone.shoot("card_unsure")
        assert await phone.gives() == "Dicatat, belum pasti"
        assert await phone.chip("unsent") == "4 belum terkirim"
        kept = await phone.page.evaluate(KEPT)
        assert set(kept["extractable"]) == {False}
        assert not [name for name in NAMES if name in kept["text"]]
        assert phone.faults == []
        phone.body.kill()
    families = [card.household_id for card in village.cards]
    sent = "SELECT 1 FROM redemptions WHERE household_id = ANY(:h)"
    assert await rows(world, sent, h=families) == []

    async with a_phone(tmp_path / "two", address, files) as second:
        await a_ready_phone(second, client, "Joko", "Loket 2", by_camera=True)
        await second.shows(texts[3])
        await expect(second.page.locator(".verdict")).to_contain_text("Kartu sah")
        await second.shoot("card_valid")
        await second.goes_off_line()
        await second.shows(texts[3])
        assert await second.gives() == "Dicatat, belum pasti"

        async with a_phone(tmp_path / "one", address, files) as phone:
            await phone.open()
            await expect(phone.page.locator("[data-chip=unsent]")).to_have_text("Semua terkirim")
            await phone.unlocks("Rina Wati")
            said = await phone.states()
            assert said == dict.fromkeys([*NAMES, "ORANG LUAR"], "Diterima"), await rows(
                world, "SELECT * FROM conflicts WHERE household_id = ANY(:h)", h=families
            )
            await phone.page.locator(".line", has_text="ORANG LUAR").click()
            await expect(phone.page.locator("[data-detail]")).to_contain_text(
                "Di luar pinjaman, sesuai aturan"
            )
            assert phone.faults == []

        await second.comes_back()
        assert await second.states() == {"ORANG LUAR": "Pertentangan"}
        await second.page.locator(".line").first.click()
        await expect(second.page.locator(".note.bad")).to_contain_text("Sudah diambil")
        await second.shoot("conflict")
        assert await second.barriers() == []
    households = [card.household_id for card in village.cards]
    found = await rows(
        world,
        "SELECT household_id FROM redemptions WHERE household_id = ANY(:h) AND mode = 'offline'",
        h=households,
    )
    assert sorted(row.household_id for row in found) == sorted(households)


async def test_what_is_forged_copied_expired_or_foreign_is_refused_off_line_in_the_right_words(
    world: World, shared: tuple[Phone, Village]
):
    phone, village = shared
    genuine, *_, outsider = village.cards
    good = village.texts[0]
    forged = good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB")
    cases = [
        (token_of(Card(world.issuer), BLOCKED), "Kartu ini sedang ditangguhkan"),
        (token_of(Card(world.issuer), WAITING), "Kartu ini belum diserahkan kepada keluarga"),
        (token_of(genuine, REVOKED), "Kartu ini sudah dicabut"),
        (token_of(genuine, 10, days=-1), "Masa berlaku kartu sudah habis"),
        (forged, "Kode ini palsu atau rusak"),
        (token_of(Card(Issuer()), 9, issuer=Issuer()), "kunci yang tidak kami kenal"),
        ("https://example.org/kartu?id=7", "Ini bukan kode kartu Huma Betang"),
        ("HC1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N", "Jenis kode kartu ini belum"),
    ]
    await phone.goes_off_line()
    for shown, words in cases:
        await phone.shows(shown)
        await expect(phone.page.locator(".verdict.bad")).to_contain_text(words)
        await phone.shoot("card_refused")
        assert await phone.page.locator(".offer").count() == 0
    assert await phone.barriers() == []
    await phone.types_number(outsider.number)
    await expect(phone.page.locator(".verdict.wait")).to_contain_text("tidak dalam pinjaman")
    await phone.types_number(genuine.number)
    await expect(phone.page.locator(".verdict")).to_contain_text("Nomor diketik")
    await phone.goes("scan")
    wrong = genuine.number[:-1] + ("0" if genuine.number[-1] != "0" else "1")
    await phone.page.get_by_label("Nomor kartu").fill(wrong)
    await phone.press("Periksa kartu")
    await expect(phone.page.get_by_role("alert")).to_contain_text("salah ketik")
    await phone.comes_back()


async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_id(
    world: World, shared: tuple[Phone, Village]
):
    phone, village = shared
    asked: list[str] = []

    async def served_but_never_answered(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "")["id"])
        await route.fetch()
        await route.abort()

    await phone.context.route("**/v1/redemptions", served_but_never_answered)
    await phone.shows(village.texts[0])
    await phone.page.locator(".offer").click()
    assert await phone.barriers() == []
    await phone.press("Nama cocok, serahkan")
    await expect(phone.page.get_by_text("Belum pasti tersimpan")).to_be_visible()
    await phone.shoot("unsure")
    await expect(phone.page.locator("[data-chip=unsent]")).to_have_text("1 belum terkirim")
    assert await phone.barriers() == []
    await phone.press("Sudah saya serahkan")
    await expect(phone.page.get_by_text("Dicatat: sudah diserahkan")).to_be_visible()
    await phone.context.unroute("**/v1/redemptions")
    await phone.press("Tanya lagi sekarang")
    await expect(phone.page.locator(".receipt h1")).to_have_text("Sudah diserahkan")
    await expect(phone.page.locator("[data-chip=unsent]")).to_have_text("Semua terkirim")
    async with phone.page.expect_download() as saved:
        await phone.press("Simpan gambar")
    picture = (await (await saved.value).path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    phone.keeps("receipt_picture", picture)
    await phone.page.emulate_media(media="print")
    assert await phone.page.locator(".bar, .btn").filter(visible=True).count() == 0
    await phone.shoot("receipt_print")
    await phone.page.emulate_media(media="screen")
    assert await phone.states() == {NAMES[0]: "Diterima"}
    household = village.cards[0].household_id
    found = await rows(world, "SELECT id FROM redemptions WHERE household_id = :h", h=household)
    assert {str(row.id) for row in found} == set(asked)
    assert len(found) == 1


async def test_every_screen_is_open_to_everybody_on_a_small_phone(
    shared: tuple[Phone, Village],
):
    phone, _ = shared
    for screen in ("home", "scan", "lease", "lines", "rule", "device"):
        await phone.goes(screen)
        await phone.shoot(screen)
        assert (screen, await phone.barriers()) == (screen, [])
    await phone.goes("device")
    await phone.page.get_by_text("English").click()
    await expect(phone.page.get_by_role("heading", name="This phone")).to_be_visible()
    assert await phone.barriers() == []
    for screen in ("home", "lease", "device"):
        await phone.goes(screen)
        await phone.shoot(f"en_{screen}")
    await phone.page.get_by_text("Bahasa Indonesia").click()
    await expect(phone.page.get_by_role("heading", name="Telepon ini")).to_be_visible()


async def spends(phone: Phone, amount: str) -> None:
    """Give a part of a balance to somebody who came for the holder."""
    await phone.page.locator(".offer", has_text="Saldo").click()
    await phone.page.get_by_label("Nilai belanja").fill(amount)
    await phone.page.get_by_text("Orang lain").click()
    await phone.page.get_by_label("Nama yang mengambil").fill("Paman Udin")
    await phone.page.get_by_label("Mengapa").fill("sakit")
    await phone.shoot("give_companion")
    await phone.press("Nama cocok, serahkan")
    await expect(phone.page.locator(".receipt")).to_contain_text("Paman Udin")


async def test_a_balance_is_spent_in_parts_by_a_companion_with_and_without_network(
    world: World, shared: tuple[Phone, Village]
):
    phone, _ = shared
    balance = a_benefit(kind="balance", name_id="Saldo belanja", amount_rupiah=90_000)
    card, _ = await world.a_family(balance)
    await phone.shows(token_of(card, 10))
    await spends(phone, "40.000")
    await expect(phone.page.locator(".receipt")).to_contain_text("Rp50.000")
    await phone.leases("Pahandut")
    await phone.goes_off_line()
    await phone.shows(token_of(card, 10))
    await spends(phone, "20000")
    await phone.shows(token_of(card, 10))
    await expect(phone.page.locator(".offer")).to_contain_text("Sisa saldo Rp30.000")
    await phone.comes_back()
    assert [tuple(row) for row in await rows(world, LEFT, h=card.household_id)] == [(30_000,)]
    assert len(await rows(world, COMPANIONS, h=card.household_id)) == 2


async def test_off_line_a_member_is_served_by_name_and_the_others_right_stays(
    world: World, shared: tuple[Phone, Village]
):
    phone, _ = shared
    fee = a_benefit(kind="fee", name_id="Biaya sekolah", subject="person")
    family, pupils = Card(world.issuer), [a_person(world, fee, name=name) for name in PUPILS]
    approved = a_list(a_cycle(), [fee])
    await world.cards(family)
    await world.tell(approved)
    await world.tell(enrolled(approved, {family.household_id: pupils}))
    await phone.leases("Pahandut")
    await phone.goes_off_line()
    await phone.types_number(family.number)
    await expect(phone.page.get_by_role("heading", name="Untuk siapa?")).to_be_visible()
    await expect(phone.page.locator(".offer b")).to_have_count(len(PUPILS))
    assert {*await phone.page.locator(".offer b").all_inner_texts()} == {*PUPILS}
    assert await phone.gives(PUPILS[0]) == "Sudah diserahkan"
    await expect(phone.page.locator(".receipt")).to_contain_text(PUPILS[0])
    await phone.types_number(family.number)
    await expect(phone.page.locator(".offer b")).to_have_text([PUPILS[1]])
    await expect(phone.page.locator(".not-given")).to_contain_text(f"{PUPILS[0]} · Biaya sekolah")
    await phone.comes_back()
    await phone.goes("lines")
    await expect(phone.page.locator(".line").first).to_contain_text(PUPILS[0])
    left = dict(tuple(row) for row in await rows(world, OF_EACH, h=family.household_id))
    assert [left[one.person_id] for one in pupils] == [0, 1]


async def test_the_cards_pin_is_tried_on_line_until_it_locks_and_the_name_still_counts(
    world: World, shared: tuple[Phone, Village]
):
    phone, _ = shared
    card, _ = await world.a_family(a_benefit(quantity=3))
    await Pins(world).hear(card.card_id, CARD_PIN)
    await phone.shows(token_of(card, 10))
    await phone.page.locator(".offer").click()
    pin, fault = phone.page.get_by_label("PIN kartu"), phone.page.locator(".fault")
    await pin.fill(CARD_PIN)
    await phone.shoot("give_pin")
    await phone.press("Serahkan dengan PIN")
    await expect(phone.page.locator(".receipt h1")).to_have_text("Sudah diserahkan")
    await phone.shows(token_of(card, 10))
    await phone.page.locator(".offer").click()
    await pin.fill("12")
    await phone.press("Serahkan dengan PIN")
    await expect(fault).to_contain_text("terdiri atas 6 angka")
    for left in (4, 3, 2, 1):
        await pin.fill("111222")
        await phone.press("Serahkan dengan PIN")
        await expect(fault).to_contain_text(f"sisa {left} kali")
    assert await phone.barriers() == []
    await pin.fill("111222")
    await phone.press("Serahkan dengan PIN")
    await expect(phone.page.locator(".note[role=alert]")).to_contain_text("PIN kartu ini terkunci")
    await expect(pin).to_have_count(0)
    await phone.shoot("give_pin_locked")
    await phone.press("Nama cocok, serahkan")
    await expect(phone.page.locator(".receipt h1")).to_have_text("Sudah diserahkan")
    taken = "SELECT holder_check FROM redemptions WHERE household_id = :h ORDER BY redeemed_at"
    checks = [row.holder_check for row in await rows(world, taken, h=card.household_id)]
    assert checks == ["pin_right", "name_compared"]


async def test_nothing_is_called_valid_past_a_lease_a_list_or_the_trust_bundle(
    world: World,
    shared: tuple[Phone, Village],
):
    phone, village = shared
    verdict, leased = phone.page.locator(".verdict"), village.cards[1]
    long = [token_of(card, 10 + place, days=90) for place, card in enumerate(village.cards)]
    await phone.returns_leases()
    await phone.leases("Pahandut", hours=4)
    await phone.goes_off_line()
    await phone.shows(long[1])
    await expect(verdict).to_contain_text("Kartu sah, hak disisihkan")
    await phone.page.locator(".offer").click()
    await phone.is_later_by(hours=5)
    await phone.press("Nama cocok, serahkan")
    await expect(verdict).to_contain_text("Pinjaman sudah habis")
    await phone.shows(long[1])
    await expect(verdict).to_contain_text("Belum pasti")
    assert await phone.chip("lease") == "Pinjaman habis"
    await phone.types_number(leased.number)
    await expect(verdict).to_contain_text("Pinjaman sudah habis")
    await phone.goes("lease")
    assert await phone.barriers() == []
    await phone.shoot("lease_over")

    await phone.is_later_by()
    await phone.comes_back()
    await phone.returns_leases()
    await phone.leases("Pahandut", hours=12)
    await phone.goes_off_line()
    await phone.is_later_by(hours=9)
    await phone.shows(long[1])
    await expect(verdict).to_contain_text("Haknya disisihkan, kartunya belum dipastikan")
    await expect(verdict).to_contain_text("Daftar status lewat waktu sejak")
    await phone.shoot("card_list_over")
    await phone.shows(long[3])
    await expect(verdict).to_contain_text("Daftar status lewat waktu sejak")
    assert await phone.page.locator(".offer").count() == 0

    await phone.is_later_by()
    phone.files = trust_files(world.issuer, STATUSES, bundle_lives=timedelta(hours=7), version=2)
    await phone.comes_back()
    await phone.sends()
    await phone.goes_off_line()
    await phone.is_later_by(hours=7)
    for card in (long[1], long[3]):
        await phone.shows(card)
        await expect(verdict).to_contain_text("Daftar kunci lewat waktu sejak")
        assert "sah," not in await verdict.inner_text()
        assert await phone.page.locator(".offer").count() == 0
    await phone.shoot("card_trust_over")
    await phone.is_later_by()
    await phone.comes_back()
    await phone.sends()


async def test_a_lease_of_a_distribution_day_is_taken_by_one_press_and_followed_on_its_page(
    world: World, client: httpx.AsyncClient, shared: tuple[Phone, Village]
):
    phone, _ = shared
    family, approved = await world.a_family(printed_name="DI HARI PENYALURAN")
    await phone.returns_leases()
    day = await a_day(client, await phone.page.evaluate(TERMINAL_ID))
    await phone.goes("home")
    await phone.goes("lease")
    await phone.shoot("lease_day")
    assert await phone.overflow() <= 0
    await phone.page.locator(".offer", has_text="Balai desa").click()
    await expect(phone.page.locator("[data-lease-said]")).to_contain_text("siap dilayani")
    await phone.goes_off_line()
    await phone.shows(token_of(family, 10))
    assert await phone.gives() == "Sudah diserahkan"
    await phone.page.go_back()
    await expect(phone.page.locator(".verdict")).to_contain_text("Sudah diambil")
    assert await phone.page.locator(".offer").count() == 0
    await phone.goes("lease")
    await expect(phone.page.locator(".lease")).to_contain_text(
        re.compile("1 dari .* sudah diserahkan")
    )
    await phone.comes_back()
    told = await client.get(
        f"/v1/distributions/{day}", headers=bearer("supervisor", regions=("62",))
    )
    served = {one["benefit_id"]: one["served"] for one in told.json()["benefits"]}
    assert served[str(approved.benefits[0].benefit_id)] == 1
    leases = "SELECT 1 FROM leases WHERE distribution_id = :d"
    assert len(await rows(world, leases, d=day)) == 1


async def a_day(client: httpx.AsyncClient, terminal_id: str) -> str:
    """A distribution day of today in the village, opened, for one terminal."""
    who = bearer("supervisor", regions=("62",))
    day = {
        "id": str(new_id()),
        "partner": str(FOOD_POINT),
        "district": VILLAGE[:8],
        "name": "Pembagian beras",
        "place": "Balai desa Kelurahan Pahandut Seberang",
        "held_on": in_wib(clock.utc_now()).date().isoformat(),
        "villages": [VILLAGE],
        "terminals": [terminal_id],
    }
    made = await client.post("/distributions/new", data=day, headers=who)
    assert made.status_code == 303, made.text
    opened = {"state": "open"}
    answer = await client.post(f"/distributions/{day['id']}/state", data=opened, headers=who)
    assert answer.status_code == 303
    return str(day["id"])


async def test_only_one_window_works_and_a_newer_app_waits_until_somebody_says_so(
    shared: tuple[Phone, Village], monkeypatch: pytest.MonkeyPatch
):
    phone, _ = shared
    other = await phone.opens_another_window()
    await expect(other.get_by_role("heading")).to_have_text("Sudah terbuka di jendela lain")
    first, phone.page = phone.page, other
    await phone.shoot("other_window")
    await first.close()
    await phone.unlocks("Rina Wati")
    monkeypatch.setattr(routes, "WORKER", routes.WORKER + "// newer\n")
    await phone.page.evaluate("navigator.serviceWorker.ready.then((one) => one.update())")
    await expect(phone.page.locator("[data-warnings]")).to_contain_text("Versi baru")
    await phone.shoot("update")
    assert await phone.barriers() == []
    before = await phone.page.evaluate("performance.timeOrigin")
    await phone.press("Pakai sekarang")
    await until(phone.page, "(at) => performance.timeOrigin > at", before)
    await phone.unlocks("Rina Wati")
    names = await phone.page.evaluate("caches.keys()")
    assert len(names) == 1


async def test_wrong_pins_are_counted_off_line_and_a_clock_that_was_set_back_is_noticed(
    shared: tuple[Phone, Village],
):
    phone, village = shared
    await phone.goes_off_line()
    await phone.press("Kunci")
    assert await phone.barriers() == []
    await phone.shoot("operators")
    await phone.page.get_by_role("button", name="Rina Wati").click()
    await phone.shoot("pin")
    assert await phone.barriers() == []
    said = phone.page.locator(".pad .said")
    for left in (4, 3, 2, 1):
        await phone.types_pin("000001")
        await expect(said).to_contain_text(f"Sisa {left} kali")
    await phone.types_pin("000001")
    await expect(said).to_contain_text("terkunci")
    await phone.types_pin()
    await expect(said).to_contain_text("terkunci")
    await phone.context.set_offline(False)
    await phone.types_pin()
    await expect(phone.page.locator("body[data-screen=home]")).to_be_visible()
    await phone.page.clock.set_fixed_time(datetime.now(UTC) - timedelta(hours=1))
    await phone.goes_off_line()
    await phone.shows(village.texts[1])
    await expect(phone.page.locator(".verdict")).to_contain_text("Jam telepon mundur")
    assert await phone.page.locator(".offer").count() == 0


async def test_a_pin_is_not_enough_after_thirty_days_without_network_either(
    shared: tuple[Phone, Village],
):
    phone, _ = shared
    await phone.goes_off_line()
    for days in (29, 31):
        await phone.press("Kunci")
        await phone.is_later_by(days=days)
        await phone.page.get_by_role("button", name="Rina Wati").click()
        await phone.types_pin()
        if days < 30:
            await expect(phone.page.locator("body[data-screen=home]")).to_be_visible()
    said = phone.page.locator(".said")
    await expect(said).to_contain_text("masuk sekali dengan kata sandi")
    await phone.is_later_by()
    await phone.comes_back()

"""A phone's journal: undone by another person, held whole after a backup, begun anew."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import text
from tests.redemption.browser import CHROMIUM, on_a_port
from tests.redemption.phone import a_phone, film_of_a_card, phone_settings, trust_files
from tests.redemption.test_scanner_app import NAMES, Village, a_ready_phone, a_village
from tests.redemption.world import World

from redemption.app import create_app

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
REVOKE = text(
    "UPDATE terminals SET revoked_at = now(), revoked_by = 'a', revoked_by_name = 'A', "
    "revoked_reason = 'hilang' WHERE label = 'Loket yang hilang'"
)
# The film has one card: after it, photos show the others.
NO_CAMERA = (
    "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')); }"
)
STORE = """
const stored = (mode, act) => new Promise((done) => {
  const asked = indexedDB.open("khbs-terminal");
  asked.onsuccess = () => {
    const transaction = asked.result.transaction(["journals", "lines"], mode);
    transaction.oncomplete = () => done(asked.result.close());
    act(transaction.objectStore("journals"), transaction.objectStore("lines"));
  };
});
"""
REMEMBER = (
    "async () => {"
    + STORE
    + """
  await stored("readonly", (journals) => {
    journals.getAll().onsuccess = (event) => { globalThis.before = event.target.result; };
    journals.getAllKeys().onsuccess = (event) => { globalThis.ids = event.target.result; };
  });
}"""
)
GO_BACK = (
    "async () => {"
    + STORE
    + """
  await stored("readwrite", (journals, lines) => {
    lines.clear();
    globalThis.before.forEach((record, place) => journals.put(record, globalThis.ids[place]));
  });
}"""
)


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with on_a_port(create_app(phone_settings(world))) as found:
        yield found


@pytest.fixture
async def village(world: World) -> Village:
    return await a_village(world)


async def test_an_act_is_undone_by_another_person_and_an_old_backup_is_held_whole(
    world: World, client: httpx.AsyncClient, address: str, village: Village, tmp_path: Path
):
    film = film_of_a_card(village.texts[0], tmp_path / "camera.y4m")
    profile = tmp_path / "profile"
    async with a_phone(profile, address, trust_files(world.issuer, {}), film=film) as phone:
        await a_ready_phone(phone, client, "Rina Wati", "Loket yang hilang")
        await phone.leases("Pahandut")
        await phone.signs_in_as("Sari")
        await phone.sets_pin("Sari")
        await phone.goes_off_line()
        await phone.goes("scan")
        await expect(phone.page.locator(".name")).to_have_text(NAMES[0])
        await phone.page.evaluate(NO_CAMERA)
        await phone.gives()
        await phone.page.evaluate(REMEMBER)
        await phone.goes("lines")
        await phone.page.locator(".line").click()
        await expect(phone.page.get_by_text("petugas lain di hari yang sama")).to_be_visible()
        await phone.press("Kunci")
        await phone.unlocks("Rina Wati")
        await phone.goes("lines")
        await phone.page.locator(".line").click()
        await phone.page.get_by_label("Alasan").fill("salah keluarga")
        assert await phone.barriers() == []
        await phone.press("Batalkan")
        await expect(phone.page.locator(".line")).to_have_count(2)
        await phone.comes_back()
        badges = await phone.page.locator(".badge").all_inner_texts()
        assert sorted(badges) == ["Dibatalkan", "Diterima"]

        await phone.goes_off_line()
        await phone.page.evaluate(GO_BACK)
        await phone.shows(village.texts[1])
        await phone.gives()
        await phone.comes_back()
        assert await phone.states() == {NAMES[1]: "Ditahan"}
        await expect(phone.page.locator(".note.wait")).to_contain_text("Satu jurnal ditahan")
        await phone.goes_off_line()
        await phone.shows(village.texts[2])
        await phone.gives()
        await phone.comes_back()
        assert await phone.states() == {NAMES[1]: "Ditahan", NAMES[2]: "Diterima"}

        await phone.goes_off_line()
        await phone.shows(village.texts[0])
        await phone.gives()
        async with world.engine.begin() as tx:
            await tx.execute(REVOKE)
        await phone.comes_back()
        assert (await phone.states())[NAMES[0]] == "Ditahan"
        await expect(phone.page.locator("[data-warnings]")).to_contain_text("sudah dicabut")
        assert phone.faults == []

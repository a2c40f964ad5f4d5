"""The pages of partners and terminals: forms that work without script, and what they say."""

import re
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from tests.clients import bearer
from tests.redemption.a_partner import a_decider, a_partner, an_administrator, put_forward
from tests.redemption.a_terminal import Terminal, a_terminal, enrolment
from tests.redemption.world import FOOD_POINT, World

from common.ids import new_id

HTML = {"accept": "text/html"}
LEASES, JOURNALS = "/v1/leases", "/v1/journals"


async def page(client: httpx.AsyncClient, path: str, who: dict[str, str]) -> str:
    answer = await client.get(path, headers={**HTML, **who})
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(
    client: httpx.AsyncClient, path: str, who: dict[str, str], **fields: Any
) -> httpx.Response:
    return await client.post(path, data=fields, headers={**HTML, **who})


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Klinik Uji Sehat",
        "kind": "clinic",
        "address": "Jl. Kenanga 9, Kasongan",
        "village": "Kasongan Baru, Katingan Hilir, Kabupaten Katingan",
        "outside_code": "0114a026",
        "regencies": ["62.06"],
        "narrower": "62.03.01",
        "benefits": "sehat/bumil",
        "contract_from": "2026-01-01",
        "contract_until": "2099-12-31",
        "opens_1": "07:30",
        "closes_1": "14:00",
        **changes,
    }


async def test_a_clinic_is_put_forward_and_activated_by_forms(client: httpx.AsyncClient):
    admin, decider = an_administrator(name="Rina"), a_decider(name="Dewi")
    form = await page(client, "/partners/new", admin)
    ids = {name: hidden(form, name) for name in ("partner_id", "change_id")}
    made = await sent(client, "/partners", admin, **ids, **typed())
    assert made.headers["location"] == f"/partners/{ids['partner_id']}"
    assert "Klinik Uji Sehat" in await page(client, "/partners/waiting", decider)
    question = await page(client, f"/partners/changes/{ids['change_id']}", decider)
    assert "0114A026" in question
    assert "Kasongan Baru, Katingan Hilir, Kabupaten Katingan" in question
    assert "Aktifkan mitra" in question
    # Whoever put it forward is offered to take it back, not to decide.
    own = await page(client, f"/partners/changes/{ids['change_id']}", admin)
    assert "Aktifkan mitra" not in own
    assert "Tarik kembali" in own
    path = f"/partners/changes/{ids['change_id']}/decision"
    done = await sent(client, path, decider, decision="approved")
    assert done.status_code == 303
    shown = await page(client, f"/partners/{ids['partner_id']}", admin)
    for words in ("Aktif", "SEHAT/BUMIL", "07.30", "Dewi", "Selasa – Minggu"):
        assert words in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "school", "outside_code": "12"}, "NPSN sekolah terdiri atas 8 angka"),
        ({"outside_code": "?"}, "Kode klinik atau puskesmas tidak sesuai bentuknya"),
        ({"regencies": [], "narrower": "62.99"}, "Wilayah layanan belum benar"),
        ({"contract_until": "kemarin"}, "Tanggal ini tidak terbaca"),
        ({"opens_2": "08:00"}, "Isi jam buka dan jam tutup"),
        ({"opens_2": "15:00", "closes_2": "08:00"}, "Jam tutup mendahului jam buka"),
        ({"kind": ""}, "Jenis mitra belum dipilih"),
        ({"village": ""}, "Desa letak mitra belum diisi"),
        ({"village": "Di mana saja"}, "Desa ini tidak dikenal"),
        ({"village": "62.06.02"}, "Desa ini tidak dikenal"),
    ],
)
async def test_a_form_that_is_not_right_comes_back_with_what_was_typed(
    client: httpx.AsyncClient, changes: dict[str, Any], words: str
):
    ids = {"partner_id": str(new_id()), "change_id": str(new_id())}
    answer = await sent(client, "/partners", an_administrator(), **ids, **typed(**changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Klinik Uji Sehat"' in answer.text
    assert hidden(answer.text, "partner_id") == ids["partner_id"]


async def test_terms_are_changed_suspended_and_refused_by_forms(client: httpx.AsyncClient):
    partner_id = await a_partner(client, kind="market", outside_code="")
    admin, decider = an_administrator(), a_decider()
    form = await page(client, f"/partners/{partner_id}/edit", admin)
    own = {name: hidden(form, name) for name in ("change_id", "version")}
    fields = typed(kind="bank", outside_code="", reason="Alamat baru dan wilayah lain")
    assert (await sent(client, f"/partners/{partner_id}/edit", admin, **own, **fields)).is_redirect
    asked = await page(client, f"/partners/changes/{own['change_id']}", decider)
    # The kind stays what it was, whatever a form says.
    assert "Pasar atau toko →" not in asked
    path = f"/partners/changes/{own['change_id']}/decision"
    unsaid = await sent(client, path, decider, decision="refused")
    assert (unsaid.status_code, "Alasan belum diisi" in unsaid.text) == (422, True)
    assert (
        await sent(client, path, decider, decision="refused", reason="Belum ada SK")
    ).is_redirect
    step = await page(client, f"/partners/{partner_id}/suspend", admin)
    fields = {"change_id": hidden(step, "change_id"), "reason": "Dilaporkan menjual paket"}
    assert (await sent(client, f"/partners/{partner_id}/suspend", admin, **fields)).is_redirect
    shown = await page(client, f"/partners/{partner_id}", admin)
    for words in ("Ditangguhkan", "Belum ada SK", "Akhiri penangguhan"):
        assert words in shown


async def test_an_account_is_changed_by_forms_and_its_number_shown_to_nobody(
    client: httpx.AsyncClient,
):
    partner_id = await a_partner(client)
    admin, decider = an_administrator(), a_decider()
    form = await page(client, f"/partners/{partner_id}/account", admin)
    change = hidden(form, "change_id")
    fields = {"bank": "Bank Kalteng", "holder": "Smp Uji", "reason": "Rekening pertama"}
    path = f"/partners/{partner_id}/account"
    wrong = await sent(client, path, admin, change_id=change, number="12a", **fields)
    assert (wrong.status_code, "6 sampai 20 angka" in wrong.text) == (422, True)
    number = "556677889900"
    done = await sent(client, path, admin, change_id=change, number=number, **fields)
    assert done.is_redirect
    question = await page(client, f"/partners/changes/{change}", decider)
    assert "SMP UJI" in question
    decision = {"decision": "approved", "account_number": "556677889901"}
    differs = await sent(client, f"/partners/changes/{change}/decision", decider, **decision)
    assert (differs.status_code, "tidak sama" in differs.text) == (422, True)
    decision["account_number"] = number
    await sent(client, f"/partners/changes/{change}/decision", decider, **decision)
    shown = await page(client, f"/partners/{partner_id}", admin)
    assert "9900" in shown
    for html in (question, differs.text, shown):
        assert number not in html


async def test_a_code_is_shown_once_as_text_and_as_a_qr(client: httpx.AsyncClient):
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    listed = await page(client, "/terminals", admin)
    fields = {"partner_id": hidden(listed, "partner_id")}
    shown = await sent(client, "/terminals/codes", admin, **fields)
    found = re.search(r"<code>([0-9A-Z]{5}-[0-9A-Z]{4})</code>", shown.text)
    assert found is not None
    assert "<svg" in shown.text
    device = Terminal(client, FOOD_POINT)
    enrolled = await client.post("/v1/terminal-enrolments", json=enrolment(device, found[1]))
    assert enrolled.status_code == 201
    assert found[1] not in await page(client, "/terminals", admin)


async def test_the_list_of_terminals_says_what_is_leased_unsent_and_revoked(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client, kind="food_point", outside_code="")
    terminal = await a_terminal(client, partner_id)
    await world.a_family(region_code="62.05.03.2001")
    lease = {"id": str(new_id()), "region_codes": ["62.05.03"], "card_ends": "", "hours": 4}
    assert (await terminal.post(LEASES, lease)).status_code == 201
    assert (await terminal.post(JOURNALS, {"id": str(new_id())})).status_code == 201
    await terminal.get("/v1/terminal?unsent=12")
    admin = bearer("partner_admin", partner_id=partner_id, regions=())
    listed = await page(client, "/terminals", admin)
    for words in ("1 keluarga, sampai", "<strong>12</strong>", "Berjalan"):
        assert words in listed
    path = f"/terminals/{terminal.id}/revocation"
    unsaid = await sent(client, path, admin, reason=" ")
    assert (unsaid.status_code, "Alasan belum diisi" in unsaid.text) == (422, True)
    assert (await sent(client, path, admin, reason="Jatuh ke sungai")).is_redirect
    shown = await page(client, f"/terminals/{terminal.id}", admin)
    assert "Jatuh ke sungai" in shown
    assert "Cabut terminal ini" not in shown


async def test_pages_of_another_partner_are_not_there(client: httpx.AsyncClient):
    own, other = await a_partner(client), await a_partner(client)
    terminal = await a_terminal(client, other)
    admin = {**HTML, **bearer("partner_admin", partner_id=own, regions=())}
    for path, status in (
        (f"/partners/{other}", 404),
        (f"/terminals/{terminal.id}", 403),
        (f"/partners/{other}/edit", 403),
    ):
        assert (await client.get(path, headers=admin)).status_code == status, path
    waiting = UUID((await put_forward(client))["waiting"][0]["id"])
    assert (await client.get(f"/partners/changes/{waiting}", headers=admin)).status_code == 404

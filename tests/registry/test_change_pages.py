"""The pages of changes and objections work by forms alone: no script, no name in an address."""

import re
from html import unescape

import pytest
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.test_changes import TODAY, a_home
from tests.registry.test_objections import PNG, WORDS, a_case

from registry.changes.words import KINDS


def fields_of(page: str) -> list[tuple[str, str]]:
    """The hidden fields with which a page records a change."""
    form = page.split('action="/changes"', 1)[1].split("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return [(name, unescape(value)) for name, value in found]


async def test_a_change_is_shown_before_it_is_recorded_and_again_before_it_is_done(
    registry: Registry,
):
    home = await a_home(registry, "BUDI SANTOSO", "SITI AMINAH")
    clerk = operator(home.village)
    father, mother = await home.person("BUDI SANTOSO"), await home.person("SITI AMINAH")
    path = f"/changes/new/person_died?household_id={home.id}"
    form = await registry.client.get(path, headers=clerk)
    (change_id,) = re.findall(r'name="id" value="([0-9a-f-]+)"', form.text)
    sent = {
        "id": change_id,
        "household_id": str(home.id),
        "kind": "person_died",
        "person_ids": [str(father.id)],
        "head_id": str(mother.id),
        "happened_on": TODAY,
        "evidence_kind": "death_certificate",
        "reason": "Akta kematian diperlihatkan",
    }
    forgot = await registry.client.post(
        "/changes/preview", data={**sent, "head_id": ""}, headers=clerk
    )
    assert forgot.status_code == 422
    assert "Pilih siapa yang menjadi kepala keluarga" in forgot.text
    shown = await registry.client.post("/changes/preview", data=sent, headers=clerk)
    assert "Ganti kartu" in shown.text
    assert (await home.person("BUDI SANTOSO")).status == "alive"
    fields = fields_of(shown.text)
    again = {name: [v for n, v in fields if n == name] for name, _ in fields}
    done = await registry.client.post("/changes", data=again, headers=clerk)
    assert (done.status_code, done.headers["location"]) == (303, f"/changes/{change_id}")
    page = await registry.client.get(f"/changes/{change_id}", headers=verifier())
    (digest,) = re.findall(r'name="plan_hash" value="([0-9a-f]{64})"', page.text)
    confirmed = await registry.client.post(
        f"/changes/{change_id}/confirm", data={"plan_hash": digest}, headers=verifier()
    )
    assert confirmed.status_code == 303
    assert (await home.person("SITI AMINAH")).relation == "head"
    family = await registry.client.get(f"/households/{home.id}", headers=clerk)
    assert f"/changes/{change_id}" in family.text


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_change_has_its_form(registry: Registry, kind: str):
    home = await a_home(registry, "BUDI SANTOSO", "SITI AMINAH")
    path = f"/changes/new/{kind}?household_id={home.id}"
    page = await registry.client.get(path, headers=operator(home.village))
    assert page.status_code == 200
    assert 'name="happened_on"' in page.text


async def test_an_objection_with_its_photo_leads_to_a_receipt_or_to_nothing_at_all(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    clerk = operator(case.village)
    body = {**case.body(), "household_id": str(case.household_id)}
    wrong = await registry.client.post(
        "/objections", data=body, files={"files": ("a.png", b"bukan gambar")}, headers=clerk
    )
    assert wrong.status_code == 422
    assert WORDS in wrong.text
    kept = "SELECT count(*) FROM objections WHERE household_id = :h"
    assert await registry.value(kept, h=case.household_id) == 0
    right = await registry.client.post(
        "/objections", data=body, files={"files": ("a.png", PNG)}, headers=clerk
    )
    assert (right.status_code, right.headers["location"]) == (
        303,
        f"/objections/{body['id']}/receipt",
    )
    receipt = await registry.client.get(right.headers["location"], headers=clerk)
    assert "SITI AMINAH" in receipt.text
    for path in ("/objections", "/objections?show=all", "/objections/statistics"):
        page = await registry.client.get(path, headers=verifier())
        assert page.status_code == 200, path
    read = "SELECT count(*) FROM audit_log WHERE action = 'objection.read' AND subject_id = :o"
    assert await registry.value(read, o=body["id"]) == 1

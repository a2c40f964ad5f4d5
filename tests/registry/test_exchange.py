"""The plain interface for other systems: by page, by number, is it enrolled; within limits."""

from datetime import timedelta
from typing import Any

import httpx2 as httpx
import jsonschema
import pytest
from tests.clients import bearer
from tests.registry.agencies import Agency, an_agency, by_number
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_kk, a_village, csv_bytes
from tests.registry.lists import approve, verified_list

from common.clock import utc_now
from registry.eligibility.demo import PROGRAMME_CODE

BASE = "/v1/exchange"


async def ask(agency: Agency, path: str, body: dict[str, Any]) -> httpx.Response:
    return await agency.registry.client.post(f"{BASE}{path}", json=body, headers=agency.headers)


async def page(agency: Agency, **asked: Any) -> Any:
    answer = await agency.registry.client.get(
        f"{BASE}/households", params=asked, headers=agency.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_families_come_page_by_page_each_once(registry: Registry) -> None:
    village = a_village()
    await registry.committed(csv_bytes([Someone() for _ in range(5)]), region=village)
    agency = await an_agency(registry, regions=(village,))
    seen, cursor = [], ""
    for _ in range(10):
        found = await page(agency, limit=2, cursor=cursor)
        seen += [one["id"] for one in found["households"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    rows = await registry.rows(
        "SELECT subject_id FROM audit_log WHERE actor = :a AND action = 'household.shared'",
        a=agency.client_id,
    )
    assert sorted(row.subject_id for row in rows) == sorted(seen)


async def test_only_what_changed_since_comes(registry: Registry) -> None:
    village, kk = a_village(), a_kk()
    head = Someone(kk=kk)
    await registry.committed(csv_bytes([head, Someone()]), region=village)
    agency = await an_agency(registry, regions=(village,))
    since = utc_now().isoformat()
    assert (await page(agency, updated_since=since))["households"] == []
    child = Someone(kk=kk, name="BAYI", born="2026-01-01", relation="4")
    await registry.committed(csv_bytes([head, child]), region=village)
    (family,) = (await page(agency, updated_since=since))["households"]
    assert [one["name"] for one in family["members"]] == [head.name, "BAYI"]


async def test_pages_stay_in_the_regions_of_the_agreement(registry: Registry) -> None:
    village, other = a_village(), a_village()
    for one in (village, other):
        await registry.committed(csv_bytes([Someone()]), region=one)
    agency = await an_agency(registry, regions=(village,))
    assert {one["region_code"] for one in (await page(agency))["households"]} == {village}
    answer = await registry.client.get(
        f"{BASE}/households", params={"region_code": other}, headers=agency.headers
    )
    assert answer.json()["code"] == "outside_your_regions"


async def test_a_family_is_found_by_number_and_fields_are_left_out(registry: Registry) -> None:
    village = a_village()
    head = Someone(name="RAHASIA")
    await registry.committed(csv_bytes([head]), region=village)
    agency = await an_agency(registry, fields=["members", "sex"])
    far = await an_agency(registry, regions=("62.71",))
    (family,) = (await ask(agency, "/households/search", {"nik": head.nik})).json()["households"]
    assert set(family) == {"id", "updated_at", "members"}
    assert set(family["members"][0]) == {"id", "status", "sex"}
    found = await ask(far, "/households/search", {"kk": head.kk})
    assert found.json() == {"households": []}


async def test_an_enrolment_is_told_by_programme_and_cycle(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id, families=1)
    await approve(registry, one)
    await registry.do_jobs()
    agency = await an_agency(registry, regions=(one["region_code"],))
    (family,) = (await page(agency))["households"]
    nik = family["members"][0]["nik"]
    for more, enrolled in (
        ({}, True),
        ({"programme_code": PROGRAMME_CODE, "cycle_id": cycle_id}, True),
        ({"programme_code": "lain"}, False),
        ({"cycle_id": family["id"]}, False),
    ):
        answer = await ask(agency, "/enrolments/search", {"nik": nik, **more})
        assert answer.json()["enrolled"] is enrolled, more
    blind = await an_agency(registry, fields=["nik"])
    (searched,) = await blind.search(by_number(nik), registry="ibr")
    assert searched["status"] == "rjct"
    assert PROGRAMME_CODE not in str(searched)
    refused = await ask(blind, "/enrolments/search", {"nik": nik})
    assert (refused.status_code, refused.json()["code"]) == (403, "exchange_field_missing")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "one_number_needed"),
        ({"nik": "6203994505800001", "kk": "6203990101180001"}, "one_number_needed"),
        ({"nik": "62"}, "invalid_input"),
        ({"nik": "6203994505800001", "name": "x"}, "invalid_input"),
    ],
)
async def test_a_question_has_one_whole_number(
    registry: Registry, body: dict[str, Any], code: str
) -> None:
    answer = await ask(await an_agency(registry), "/households/search", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "6203994505800001" not in answer.text


async def test_a_cursor_that_is_none_and_a_page_too_long_are_refused(registry: Registry) -> None:
    agency = await an_agency(registry)
    for asked in ({"cursor": "%00"}, {"cursor": "x"}, {"limit": 201}, {"region_code": "x"}):
        answer = await registry.client.get(
            f"{BASE}/households", params=asked, headers=agency.headers
        )
        assert answer.status_code == 422, asked


async def test_people_and_partners_do_not_pass_here(registry: Registry) -> None:
    for role in ("auditor", "administrator", "village_operator"):
        answer = await registry.client.get(f"{BASE}/households", headers=bearer(role))
        assert answer.json()["code"] == "permission_missing"
    over = await an_agency(registry, valid_until=utc_now().date() - timedelta(days=1))
    answer = await registry.client.get(f"{BASE}/households", headers=over.headers)
    assert answer.json()["code"] == "exchange_ended"


async def test_a_system_of_an_outside_provider_is_known_by_its_client_id(
    registry: Registry,
) -> None:
    """There the subject is the provider's own name for the service account."""
    agency = await an_agency(registry)
    headers = bearer("registry_client", subject="0a1b-service-account", azp=agency.client_id)
    answer = await registry.client.get(f"{BASE}/households", params={"limit": 1}, headers=headers)
    assert answer.status_code == 200


async def test_the_examples_of_the_description_fit_it(registry: Registry) -> None:
    described = (await registry.client.get("/openapi.json")).json()
    schemas = described["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        whole = {**schema, "components": {"schemas": schemas}}
        for example in schema.get("examples", ()):
            jsonschema.Draft202012Validator(whole).validate(example)
            checked += name in {"FamilyPage", "FamilyQuestion", "EnrolmentQuestion"}
    assert checked == 5
    paths = [path for path in described["paths"] if path.startswith(BASE)]
    assert len(paths) == 3

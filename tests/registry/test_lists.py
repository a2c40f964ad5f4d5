"""A list from proposal to decree: by three people, once a family, exactly what was signed."""

import asyncio

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes
from tests.registry.lists import (
    REASON,
    approve,
    propose,
    ready_village,
    verified_list,
    verify,
)

from common.ids import new_id
from registry.jobs.run import run_next
from registry.worker import import_works


async def test_a_repeated_proposal_is_the_same_list(registry: Registry, cycle_id: str) -> None:
    village = await ready_village(registry, cycle_id)
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    answers = [
        await registry.client.post("/v1/lists", json=body, headers=operator(village))
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    other = {**body, "region_code": a_village()}
    reused = await registry.client.post("/v1/lists", json=other, headers=operator())
    assert reused.json()["code"] == "id_reused"


async def test_a_proposal_repeated_at_the_same_moment_is_the_same_list(
    registry: Registry, cycle_id: str
) -> None:
    village = await ready_village(registry, cycle_id)
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    headers = operator(village)
    answers = await asyncio.gather(
        *(registry.client.post("/v1/lists", json=body, headers=headers) for _ in range(4))
    )
    assert [answer.status_code for answer in answers] == [201] * 4
    assert all(answer.json() == answers[0].json() for answer in answers)
    asked = "SELECT count(*) FROM jobs WHERE subject_id = :i"
    assert await registry.value(asked, i=body["id"]) == 1
    await registry.do_jobs()


async def test_one_list_at_a_time_is_on_its_way(registry: Registry, cycle_id: str) -> None:
    village = await ready_village(registry, cycle_id)
    answers = await asyncio.gather(*(propose(registry, cycle_id, village) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"list_open_already"}


async def test_a_region_without_families_has_no_list(registry: Registry, cycle_id: str) -> None:
    answer = await propose(registry, cycle_id, a_village())
    assert (answer.status_code, answer.json()["code"]) == (409, "list_empty")


async def test_nobody_proposes_or_sees_lists_of_other_regions(
    registry: Registry, cycle_id: str
) -> None:
    village = await ready_village(registry, cycle_id)
    far = await propose(registry, cycle_id, village, operator("62.71"))
    assert far.json()["code"] == "outside_your_regions"
    one = (await propose(registry, cycle_id, village)).json()
    for headers in (operator("62.71"), verifier("62.71")):
        seen = await registry.client.get(f"/v1/lists/{one['id']}", headers=headers)
        assert seen.json()["code"] == "outside_your_regions"
        members = await registry.client.get(f"/v1/lists/{one['id']}/members", headers=headers)
        assert members.status_code == 403
    listed = await registry.client.get("/v1/lists", headers=operator("62.71"))
    assert one["id"] not in listed.text


async def test_three_different_people_are_needed(registry: Registry, cycle_id: str) -> None:
    village = await ready_village(registry, cycle_id)
    me = str(new_id())
    both = bearer("regency_verifier", subject=me)
    one = (await propose(registry, cycle_id, village, both)).json()
    own = await registry.client.post(f"/v1/lists/{one['id']}/verification", headers=both)
    assert (own.status_code, own.json()["code"]) == (403, "same_person_proposed")
    checker = str(new_id())
    checked = await verify(registry, one["id"], verifier(subject=checker))
    for subject in (me, checker):
        answer = await approve(registry, checked.json(), headers=approver(subject=subject))
        assert (answer.status_code, answer.json()["code"]) == (403, "same_person_worked_on_list")


@pytest.mark.parametrize(
    ("column", "constraint"),
    [("verified_by", "verifier_differs"), ("approved_by", "approver_differs")],
)
async def test_the_database_refuses_it_too(
    registry: Registry, cycle_id: str, column: str, constraint: str
) -> None:
    one = await verified_list(registry, cycle_id)
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=constraint):
            await connection.execute(
                text(f"UPDATE beneficiary_lists SET {column} = proposed_by WHERE id = :i"),  # noqa: S608
                {"i": one["id"]},
            )


async def test_a_list_sent_back_says_why_and_frees_its_families(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id)
    path = f"/v1/lists/{one['id']}/approver-return"
    short = await registry.client.post(path, json={"reason": "tidak"}, headers=approver())
    assert short.json()["code"] == "reason_too_short"
    reason = {"reason": "Tiga keluarga belum dikunjungi"}
    back = await registry.client.post(path, json=reason, headers=approver())
    assert back.json()["state"] == "returned"
    seen = await registry.client.get(f"/v1/lists/{one['id']}", headers=operator())
    assert seen.json()["steps"][-1]["note"] == reason["reason"]
    assert (await approve(registry, one)).json()["code"] == "list_not_verified"
    assert (await propose(registry, cycle_id, one["region_code"])).status_code == 201


async def test_a_family_judged_ineligible_leaves_the_list_before_it_is_fixed(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    people = [Someone(name="KEPALA A"), Someone(name="KEPALA B")]
    await registry.committed(csv_bytes(people), region=village)
    one = (await propose(registry, cycle_id, village)).json()
    members = await registry.client.get(f"/v1/lists/{one['id']}/members", headers=verifier())
    for row, outcome in zip(members.json()["members"], ("eligible", "ineligible"), strict=True):
        body = {"household_ids": [row["household_id"]], "outcome": outcome, "reason": REASON}
        await registry.client.post(f"/v1/cycles/{cycle_id}/reviews", json=body, headers=verifier())
    checked = await verify(registry, one["id"])
    assert (len(members.json()["members"]), checked.json()["subjects"]) == (2, 1)


async def seen_page(registry: Registry, list_id: str, path: str = "") -> httpx.Response:
    headers = {**operator(), "accept": "text/html"}
    return await registry.client.get(f"/lists/{list_id}{path}", headers=headers)


async def test_a_list_asked_for_before_the_decisions_waits_for_them(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone(), Someone()]), region=village)
    await registry.client.post(f"/v1/imports/{batch['id']}/commit", headers=operator(village))
    works = import_works(registry.settings)
    while await run_next(registry.engine, works):
        pass
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    asked = await registry.client.post("/v1/lists", json=body, headers=operator(village))
    assert (asked.status_code, asked.json()["state"]) == (201, "proposing")
    page = await seen_page(registry, body["id"])
    assert "Keputusan sedang dibuat" in page.text
    assert f'hx-get="/lists/{body["id"]}/progress"' in page.text
    assert "HX-Refresh" not in (await seen_page(registry, body["id"], "/progress")).headers

    await registry.do_jobs()

    seen = await registry.client.get(f"/v1/lists/{body['id']}", headers=operator(village))
    assert (seen.json()["state"], seen.json()["subjects"]) == ("proposed", 2)
    over = await seen_page(registry, body["id"], "/progress")
    assert over.headers["HX-Refresh"] == "true"


async def test_a_list_on_which_nobody_can_be_is_closed_with_words_and_the_region_free(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    dead = [Someone(status="2")]
    batch = await registry.staged(csv_bytes(dead), region=village)
    await registry.client.post(f"/v1/imports/{batch['id']}/commit", headers=operator(village))
    works = import_works(registry.settings)
    while await run_next(registry.engine, works):
        pass
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    await registry.client.post("/v1/lists", json=body, headers=operator(village))
    await registry.do_jobs()

    page = await seen_page(registry, body["id"])
    assert "Tidak ada keluarga yang dapat diusulkan" in page.text
    assert "list_empty" not in page.text
    again = await propose(registry, cycle_id, village)
    assert again.json()["code"] == "list_empty"

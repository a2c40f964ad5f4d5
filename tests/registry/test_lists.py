"""A list from proposal to decree: by three people, once a family, exactly what was signed."""

import asyncio
import contextlib
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes

from common.ids import new_id
from registry.enrolment import publish
from registry.enrolment.approve import APPROVE_JOB
from registry.jobs.run import run_next
from registry.worker import list_works

DECREE = {"decree_number": "SK-CONTOH/2026", "decree_on": "2026-03-01"}
REASON = "Dikunjungi petugas, sesuai kriteria"


async def ready_village(registry: Registry, cycle_id: str, families: int = 3) -> str:
    """A village whose families a person found eligible."""
    village = a_village()
    people = [
        Someone(name=f"KEPALA {letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:families]
    ]
    await registry.committed(csv_bytes(people), region=village)
    rows = await registry.rows(
        "SELECT household_id FROM current_decisions WHERE region_code = :v", v=village
    )
    body = {
        "household_ids": [str(row.household_id) for row in rows],
        "outcome": "eligible",
        "reason": REASON,
    }
    answer = await registry.client.post(
        f"/v1/cycles/{cycle_id}/reviews", json=body, headers=verifier()
    )
    assert answer.status_code == 200, answer.text
    return village


async def propose(
    registry: Registry, cycle_id: str, village: str, headers: dict[str, str] | None = None
) -> Any:
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    return await registry.client.post("/v1/lists", json=body, headers=headers or operator(village))


async def verified_list(registry: Registry, cycle_id: str, families: int = 3) -> dict[str, Any]:
    village = await ready_village(registry, cycle_id, families)
    proposed = await propose(registry, cycle_id, village)
    path = f"/v1/lists/{proposed.json()['id']}/verification"
    answer = await registry.client.post(path, headers=verifier())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def approve(registry: Registry, one: dict[str, Any], **changes: Any) -> Any:
    headers = changes.pop("headers", None) or approver()
    body = {**DECREE, "content_hash": one["content_hash"], **changes}
    return await registry.client.post(f"/v1/lists/{one['id']}/approval", json=body, headers=headers)


async def state_of(registry: Registry, list_id: str) -> str:
    answer = await registry.client.get(f"/v1/lists/{list_id}", headers=approver())
    return str(answer.json()["state"])


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
    checked = await registry.client.post(
        f"/v1/lists/{one['id']}/verification", headers=verifier(subject=checker)
    )
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


async def test_an_approver_signs_what_was_shown(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    stale = await approve(registry, one, content_hash="0" * 64)
    assert (stale.status_code, stale.json()["code"]) == (409, "list_changed")
    nameless = await approve(registry, one, decree_number=" ")
    assert nameless.json()["code"] == "decree_missing"
    future = await approve(registry, one, decree_on="2199-01-01")
    assert future.json()["code"] == "decree_missing"


async def test_families_changed_after_signing_are_never_enrolled(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id)
    assert (await approve(registry, one)).status_code == 202
    async with registry.engine.begin() as tx:
        await tx.execute(
            text(
                "DELETE FROM list_members WHERE list_id = :i AND household_id ="
                " (SELECT max(household_id::text)::uuid FROM list_members WHERE list_id = :i)"
            ),
            {"i": one["id"]},
        )
    await registry.do_jobs()
    assert await state_of(registry, one["id"]) == "verified"
    assert (
        await registry.value("SELECT count(*) FROM enrolments WHERE list_id = :i", i=one["id"]) == 0
    )


async def test_two_approvers_at_once_make_one_approval(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    answers = await asyncio.gather(*(approve(registry, one) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 5
    await asyncio.gather(registry.do_jobs(), registry.do_jobs())
    events = await registry.rows(
        "SELECT event_type FROM outbox WHERE subject = :s", s=f"beneficiary_list:{one['id']}"
    )
    assert len(events) == 2
    assert await state_of(registry, one["id"]) == "approved"


async def test_a_repeated_approval_is_one(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    me = approver(subject=str(new_id()))
    first = await approve(registry, one, headers=me)
    await registry.do_jobs()
    again = await approve(registry, one, headers=me)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["state"] == "approved"
    other = await approve(registry, one, headers=me, decree_number="SK-LAIN/2026")
    assert other.json()["code"] == "id_reused"


async def test_a_family_is_enrolled_once_in_a_cycle(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    await approve(registry, one)
    await registry.do_jobs()
    again = await propose(registry, cycle_id, one["region_code"])
    assert again.json()["code"] == "list_empty"
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="uq_enrolments_once_a_cycle"):
            await connection.execute(
                text(
                    "INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id,"
                    " region_code, decision_id) SELECT list_id, household_id, programme_id,"
                    " cycle_id, region_code, decision_id FROM enrolments WHERE list_id = :i"
                ),
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
    checked = await registry.client.post(f"/v1/lists/{one['id']}/verification", headers=verifier())
    assert (one["subjects"], checked.json()["subjects"]) == (2, 1)


async def test_a_list_beyond_the_budget_is_not_approved(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    budget = await registry.value("SELECT budget_rupiah FROM cycles WHERE id = :c", c=cycle_id)

    async def set_budget(rupiah: int) -> None:
        async with registry.engine.begin() as tx:
            values = {"b": rupiah, "c": cycle_id}
            await tx.execute(text("UPDATE cycles SET budget_rupiah = :b WHERE id = :c"), values)

    await set_budget(1)
    try:
        answer = await approve(registry, one)
    finally:
        await set_budget(budget)
    assert (answer.status_code, answer.json()["code"]) == (409, "budget_exceeded")
    assert "Rp" in answer.json()["title"]


async def test_batches_are_numbered_whole_and_in_order(
    registry: Registry, cycle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "BATCH_MAX", 2)
    one = await verified_list(registry, cycle_id, families=5)
    await approve(registry, one)
    await registry.do_jobs()
    rows = await registry.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
        s=f"beneficiary_list:{one['id']}",
    )
    events = [json.loads(row.envelope) for row in rows]
    assert [event["sequence"] for event in events] == [0, 1, 2, 3]
    assert events[0]["data"]["batches"] == 3
    assert [event["data"]["batch"] for event in events[1:]] == [1, 2, 3]
    households = [
        UUID(member["household_id"])
        for event in events[1:]
        for member in event["data"]["enrolments"]
    ]
    assert len(set(households)) == 5
    assert "KEPALA" not in json.dumps(events)


async def test_an_approval_that_dies_leaves_no_event_and_is_carried_out_later(
    registry: Registry, cycle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await verified_list(registry, cycle_id)
    await approve(registry, one)

    async def killed(tx, *_rest) -> None:
        with contextlib.suppress(DBAPIError):
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(publish, "_tell", killed)
        works = {APPROVE_JOB: list_works(registry.settings)[APPROVE_JOB]}
        with pytest.raises(asyncio.CancelledError):
            await run_next(registry.engine, works)
    subject = f"beneficiary_list:{one['id']}"
    assert await registry.value("SELECT count(*) FROM outbox WHERE subject = :s", s=subject) == 0
    assert await state_of(registry, one["id"]) == "approving"
    async with registry.engine.begin() as tx:
        await tx.execute(
            text("UPDATE jobs SET leased_until = now() WHERE subject_id = :s"), {"s": one["id"]}
        )
    await registry.do_jobs()
    assert await state_of(registry, one["id"]) == "approved"
    assert await registry.value("SELECT count(*) FROM outbox WHERE subject = :s", s=subject) == 2

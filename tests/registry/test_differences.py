"""A re-evaluation changes nothing until three people have signed it, and four where many leave."""

import asyncio
import contextlib
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.programmes import Programme, a_programme

from common.ids import new_id
from registry.enrolment import publish
from registry.enrolment.approve import APPROVE_JOB
from registry.enrolment.carry_out import carry_out
from registry.enrolment.rules import DEFAULT_GUARD, reading
from registry.jobs.run import run_next
from registry.worker import list_works


@pytest.fixture
async def programme(registry: Registry) -> Programme:
    return await a_programme(registry)


async def enrolled(programme: Programme, count: int) -> tuple[str, list[UUID]]:
    """Families of a village that are all enrolled."""
    village, families = await programme.families(count)
    await programme.decide(families, "eligible")
    await programme.approved(village)
    return village, families


async def events_of(registry: Registry, list_id: str) -> list[dict[str, Any]]:
    rows = await registry.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
        s=f"beneficiary_list:{list_id}",
    )
    return [json.loads(row.envelope) for row in rows]


async def test_decisions_alone_change_no_enrolment_and_the_difference_says_who(
    programme: Programme,
) -> None:
    village, families = await enrolled(programme, 4)
    _, newcomers = await programme.families(1)
    leaver, unknown = families[0], families[1]
    await programme.decide([leaver], "ineligible")
    await programme.decide([unknown], "needs_review")
    assert [await programme.state_of(one) for one in families] == ["active"] * 4

    await programme.run(
        "UPDATE households SET region_code = :v WHERE id = ANY(:h)", v=village, h=newcomers
    )
    await programme.decide(newcomers, "eligible")
    one = await programme.proposed(village, base=programme.cycle)

    assert await programme.members(one["id"]) == {
        str(leaver): "leave",
        str(newcomers[0]): "enter",
    }
    assert (one["kind"], one["subjects"], one["leaving"], one["unchanged"]) == (
        "difference",
        1,
        1,
        3,
    )
    assert await programme.state_of(leaver) == "active"


async def test_an_approved_difference_enrols_and_ends_with_events(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 3)
    await programme.decide(families[:1], "ineligible")
    one = await programme.approved(village, base=programme.cycle)
    assert one["state"] == "approved"
    assert [await programme.state_of(family) for family in families] == ["ended"] + ["active"] * 2
    told = await events_of(registry, one["id"])
    assert [event["type"] for event in told] == [
        "beneficiary_list.approved.v1",
        "enrolments.ended.v1",
    ]
    assert [event["sequence"] for event in told] == [0, 1]
    ended = told[1]["data"]["ended"][0]
    assert (ended["household_id"], ended["reason"], ended["version"]) == (
        str(families[0]),
        "not_eligible",
        2,
    )
    # One of three is past the guard: care goes on, and until when is said.
    assert ended["kept_benefit_ids"] == [str(programme.care)]
    assert ended["grace_until"] > ended["ended_at"]
    assert "KEPALA" not in json.dumps(told)


async def test_a_family_that_is_eligible_again_goes_on_with_the_same_enrolment(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 2)
    await programme.decide(families[:1], "ineligible")
    await programme.approved(village, base=programme.cycle)
    await programme.decide(families[:1], "eligible")
    back = await programme.approved(village, base=programme.cycle)
    assert await programme.state_of(families[0]) == "active"
    told = await events_of(registry, back["id"])
    assert told[-1]["type"] == "enrolments.resumed.v1"
    assert told[-1]["data"]["resumed"][0]["version"] == 3
    assert (
        await registry.value(
            "SELECT count(*) FROM enrolments WHERE household_id = :h", h=families[0]
        )
        == 1
    )


async def test_nobody_leaves_whose_decision_changed_after_the_list_was_fixed(
    programme: Programme,
) -> None:
    village, families = await enrolled(programme, 3)
    await programme.decide(families[:1], "ineligible")
    one = await programme.verified(village, base=programme.cycle)
    await programme.decide(families[:1], "needs_review")
    refused = await programme.approve(one)
    assert (refused.status_code, refused.json()["code"]) == (409, "leavers_changed")
    assert await programme.state_of(families[0]) == "active"


async def test_a_new_cycle_takes_along_everybody_who_is_not_decided_out(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 4)
    leaver, unknown, undecided, waiting = families
    following = await programme.new_cycle("2027-04-01")
    await programme.decide([leaver], "ineligible", following)
    await programme.decide([unknown], "needs_review", following)
    await programme.decide([waiting], "eligible", following)
    await programme.run(
        "UPDATE enrolments SET state = 'suspended', version = 2, suspended_at = now(),"
        " suspend_reason = 'head_dead' WHERE household_id = :h",
        h=waiting,
    )
    one = await programme.approved(village, base=programme.cycle, cycle=following)
    assert (one["subjects"], one["leaving"]) == (3, 1)
    states = [await programme.state_of(family, following) for family in families]
    assert states == [None, "active", "active", "suspended"]
    told = await events_of(registry, one["id"])
    ended = next(event for event in told if event["type"] == "enrolments.ended.v1")["data"]
    # What the running cycle gives stays until it is over: the last day in WIB.
    assert ended["cycle_id"] == str(programme.cycle)
    assert ended["ended"][0]["ended_at"].startswith("2027-03-30T17:00:00")
    assert await programme.state_of(undecided, following) == "active"


async def test_past_the_guard_a_second_approver_signs_and_nobody_signs_twice(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 4)
    await programme.decide(families[:2], "ineligible")
    one = await programme.verified(village, base=programme.cycle)
    assert (await programme.list_of(one["id"]))["removals"]["is_tripped"] is True
    first = approver(subject="first")
    signed = await programme.approve(one, first)
    assert signed.json()["state"] == "awaiting_second"
    await registry.do_jobs()
    assert await programme.state_of(families[0]) == "active"
    for headers in (first, approver(subject="other-hash")):
        wrong = {**one, "content_hash": "0" * 64} if headers is not first else one
        assert (await programme.second(wrong, headers)).status_code in {403, 409}
    answers = await asyncio.gather(*(programme.second(one) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    await registry.do_jobs()
    assert await programme.state_of(families[0]) == "ended"


@pytest.mark.parametrize("who", ["proposed_by", "verified_by", "approved_by"])
async def test_the_database_refuses_a_second_signature_of_the_same_person(
    registry: Registry, programme: Programme, who: str
) -> None:
    village, families = await enrolled(programme, 2)
    await programme.decide(families[:1], "ineligible")
    one = await programme.verified(village, base=programme.cycle)
    await programme.approve(one)
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="second_approver_differs"):
            await connection.execute(
                text(
                    f"UPDATE beneficiary_lists SET second_approved_by = {who},"  # noqa: S608
                    " second_approved_at = now() WHERE id = :i"
                ),
                {"i": one["id"]},
            )
        await connection.rollback()
        with pytest.raises(DBAPIError, match="second_signature"):
            await connection.execute(
                text("UPDATE beneficiary_lists SET state = 'approving' WHERE id = :i"),
                {"i": one["id"]},
            )


async def test_a_large_removal_cut_into_small_lists_is_noticed_also_at_the_same_moment(
    registry: Registry, programme: Programme
) -> None:
    """Of 40 enrolled, 2 may leave by one signature: two lists of 2 each may not."""
    places = [await enrolled(programme, 20) for _ in range(2)]
    for _, families in places:
        await programme.decide(families[:2], "ineligible")
    lists = [await programme.verified(village, base=programme.cycle) for village, _ in places]
    assert [one["leaving"] for one in lists] == [2, 2]
    answers = await asyncio.gather(*(programme.approve(one) for one in lists))
    assert sorted(answer.json()["state"] for answer in answers) == ["approving", "awaiting_second"]
    await registry.do_jobs()


def test_the_guard_looks_at_the_programme_and_at_each_village() -> None:
    def is_tripped(*villages: tuple[str, int, int, int]) -> bool:
        return reading(DEFAULT_GUARD, villages).is_tripped

    others = ("62.01", 0, 0, 1000)
    assert not is_tripped(("62.02", 2, 0, 20), others)  # exactly 10 % of a village
    assert is_tripped(("62.02", 3, 0, 20), others)
    assert not is_tripped(("62.02", 1, 0, 3), others)  # one family of a hamlet
    assert is_tripped(("62.02", 3, 0, 3), others)  # a hamlet, whole
    assert is_tripped(("62.02", 1, 2, 20), others)  # with those who left before
    assert not is_tripped(("62.02", 0, 3, 20), others)  # but not by a list that takes nobody
    assert is_tripped(*((f"62.{at}", 1, 0, 10) for at in range(10)))  # 10 % of the programme


async def test_a_guard_holds_once_another_person_approved_it(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 2)
    body = {
        "id": str(new_id()),
        "programme_id": str(programme.id),
        "decree_number": "SK-UJI/2026",
        "decree_on": "2026-01-02",
        "valid_from": "2026-01-02",
        "programme_percent": 60,
        "village_percent": 60,
        "village_families_min": 10,
        "grace_days": 30,
    }
    me = approver(subject="guard-maker")
    for _ in range(2):
        made = await registry.client.post("/v1/removal-guards", json=body, headers=me)
        assert made.status_code == 201, made.text
    path = f"/v1/removal-guards/{body['id']}/approval"
    assert (await registry.client.post(path, headers=me)).json()["code"] == "same_person_proposed"
    await programme.decide(families[:1], "ineligible")
    one = await programme.verified(village, base=programme.cycle)
    assert (await programme.list_of(one["id"]))["removals"]["is_tripped"] is True
    assert (await registry.client.post(path, headers=approver())).status_code == 200
    removals = (await programme.list_of(one["id"]))["removals"]
    assert (removals["is_tripped"], removals["decree_number"]) == (False, "SK-UJI/2026")
    assert (await programme.approve(one)).json()["state"] == "approving"
    await registry.do_jobs()


async def test_a_difference_that_dies_while_it_is_carried_out_ends_nobody_and_is_done_later(
    registry: Registry, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    village, families = await enrolled(programme, 2)
    await programme.decide(families[:1], "ineligible")
    one = await programme.verified(village, base=programme.cycle)
    await programme.approve(one)
    await programme.second(one)

    async def killed(tx: Any, *rest: Any) -> None:
        await carry_out(tx, *rest)
        with contextlib.suppress(DBAPIError):
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(publish, "carry_out", killed)
        works = {APPROVE_JOB: list_works(registry.settings)[APPROVE_JOB]}
        with pytest.raises(asyncio.CancelledError):
            await run_next(registry.engine, works)
    assert await events_of(registry, one["id"]) == []
    assert await programme.state_of(families[0]) == "active"
    await programme.run(
        "UPDATE jobs SET leased_until = now() WHERE subject_id = :s", s=UUID(one["id"])
    )
    await registry.do_jobs()
    assert await programme.state_of(families[0]) == "ended"
    assert len(await events_of(registry, one["id"])) == 2


async def test_a_struck_leaver_stays_and_a_family_taken_along_is_not_struck(
    registry: Registry, programme: Programme
) -> None:
    village, families = await enrolled(programme, 2)
    following = await programme.new_cycle("2027-04-01")
    await programme.decide(families[:1], "ineligible", following)
    one = await programme.proposed(village, base=programme.cycle, cycle=following)
    path = f"/v1/lists/{one['id']}/strikes"
    reason = "Data keliru menurut kunjungan"
    for household, status in ((families[0], 201), (families[1], 409)):
        body = {"household_id": str(household), "reason": reason}
        answer = await registry.client.post(path, json=body, headers=verifier())
        assert answer.status_code == status, answer.text
    assert await programme.members(one["id"]) == {str(family): "stay" for family in families}


async def test_cycles_of_two_programmes_are_not_compared(
    registry: Registry, programme: Programme
) -> None:
    other = await a_programme(registry)
    village, _ = await enrolled(programme, 1)
    body = {
        "id": str(new_id()),
        "cycle_id": str(other.cycle),
        "region_code": village,
        "base_cycle_id": str(programme.cycle),
    }
    answer = await registry.client.post("/v1/lists", json=body, headers=operator())
    assert answer.json()["code"] == "cycles_do_not_compare"

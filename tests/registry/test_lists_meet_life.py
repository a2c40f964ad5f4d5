"""What happens between the signature under a list and the day it is carried out, and after it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.registry.conftest import Registry, operator
from tests.registry.files import a_village
from tests.registry.programmes import Programme, a_programme
from tests.registry.test_changes import Home, a_home

from registry.changes.resume_due import resume_due
from registry.enrolment import publish
from registry.enrolment.check_list import check_list
from registry.reports.figures import RECIPIENTS

FOLLOWING = "2027-04-01"
TOMORROW_SQL = (
    "UPDATE life_changes SET request = jsonb_set(request, '{until_on}', '\"2026-01-02\"')"
)


@pytest.fixture
async def programme(registry: Registry) -> Programme:
    return await a_programme(registry)


async def homes(registry: Registry, count: int) -> tuple[str, list[Home]]:
    """Families of one village with several members."""
    village = a_village()
    letters = "ABCDEFGH"[:count]
    made = [await a_home(registry, f"AYAH {one}", f"IBU {one}", village=village) for one in letters]
    return village, made


async def sign(programme: Programme, one: dict[str, Any]) -> None:
    """Approve a verified list, also a second time, and have it carried out."""
    answer = await programme.approve(one)
    assert answer.status_code == 202, answer.text
    if answer.json()["state"] == "awaiting_second":
        second = await programme.second(one)
        assert second.status_code == 202, second.text
    await programme.registry.do_jobs()
    assert (await programme.list_of(one["id"]))["state"] == "approved"


async def problems_of(registry: Registry, one: dict[str, Any]) -> list[str]:
    async with registry.engine.connect() as connection:
        return (await check_list(connection, UUID(one["id"]))).problems


async def test_two_families_that_join_after_the_signature_are_enrolled_once(
    registry: Registry, programme: Programme
) -> None:
    village, (stays, joins) = await homes(registry, 2)
    await programme.decide([stays.id, joins.id], "eligible")
    one = await programme.verified(village)
    await stays.done("merge", other_kk=joins.kk)
    await sign(programme, one)
    assert await programme.state_of(stays.id) == "active"
    assert await programme.state_of(joins.id) is None
    assert await problems_of(registry, one) == []


async def test_who_moves_out_or_gives_up_after_the_signature_is_not_taken_along(
    registry: Registry, programme: Programme
) -> None:
    village, (stays, gone, gave_up) = await homes(registry, 3)
    families = [stays.id, gone.id, gave_up.id]
    await programme.decide(families, "eligible")
    await programme.approved(village)
    following = await programme.new_cycle(FOLLOWING)
    await programme.decide(families, "eligible", following)
    one = await programme.verified(village, base=programme.cycle, cycle=following)
    await gone.done("moved_out")
    enrolment = str((await gave_up.enrolment()).id)
    await gave_up.done("leave", enrolment_ids=[enrolment])
    await sign(programme, one)
    states = [await programme.state_of(family, following) for family in families]
    assert states == ["active", None, None]
    assert await problems_of(registry, one) == []


async def test_a_family_that_moved_meanwhile_is_enrolled_where_it_lives(
    registry: Registry, programme: Programme
) -> None:
    village, (home,) = await homes(registry, 1)
    await programme.decide([home.id], "eligible")
    one = await programme.verified(village)
    elsewhere = a_village()
    await home.done("moved_in_province", to_region_code=elsewhere)
    await sign(programme, one)
    assert (await home.enrolment()).region_code == elsewhere


async def test_a_suspension_taken_along_into_a_new_cycle_ends_with_its_last_day(
    registry: Registry, programme: Programme
) -> None:
    village, (home,) = await homes(registry, 1)
    await programme.decide([home.id], "eligible")
    await programme.approved(village)
    enrolment = str((await home.enrolment()).id)
    change = await home.done("suspend", enrolment_ids=[enrolment], until_on="2027-05-01")
    following = await programme.new_cycle(FOLLOWING)
    await programme.decide([home.id], "eligible", following)
    await programme.approved(village, base=programme.cycle, cycle=following)
    assert await programme.state_of(home.id, following) == "suspended"
    await programme.run(f"{TOMORROW_SQL} WHERE id = :i", i=UUID(change["id"]))
    async with registry.engine.begin() as tx:
        await resume_due(tx)
    assert await programme.state_of(home.id, following) == "active"
    assert await programme.state_of(home.id) == "active"


async def test_undoing_a_suspension_does_not_bring_back_what_a_list_has_ended(
    registry: Registry, programme: Programme
) -> None:
    village, (home, other) = await homes(registry, 2)
    await programme.decide([home.id, other.id], "eligible")
    await programme.approved(village)
    enrolment = str((await home.enrolment()).id)
    change = await home.done("suspend", enrolment_ids=[enrolment], until_on="2027-05-01")
    await programme.decide([home.id], "ineligible")
    await programme.approved(village, base=programme.cycle)
    assert await programme.state_of(home.id) == "ended"
    back = await home.record(await home.body("correction", corrects_id=change["id"]))
    assert (back.status_code, back.json()["code"]) == (409, "change_cannot_be_undone")
    assert await programme.state_of(home.id) == "ended"


async def test_a_full_list_never_passes_over_who_runs_in_the_cycle_before(
    registry: Registry, programme: Programme
) -> None:
    """Else a province could lose everybody with one signature, unseen by the guard."""
    village, families = await programme.families(3)
    await programme.decide(families, "eligible")
    await programme.approved(village)
    following = await programme.new_cycle(FOLLOWING)
    await programme.decide(families[:1], "eligible", following)
    await programme.decide(families[1:], "ineligible", following)
    body = {
        "id": "01990000-0000-7000-8000-" + village.replace(".", "")[-8:].rjust(12, "0"),
        "cycle_id": str(following),
        "region_code": village,
    }
    refused = await registry.client.post("/v1/lists", json=body, headers=operator())
    assert (refused.status_code, refused.json()["code"]) == (409, "list_leaves_out_enrolled")
    one = await programme.verified(village, base=programme.cycle, cycle=following)
    assert (await programme.approve(one)).json()["state"] == "awaiting_second"
    assert (await programme.second(one)).status_code == 202
    await registry.do_jobs()
    # All are settled: who is new can be on a full list.
    _, newcomers = await programme.families(1)
    await programme.run(
        "UPDATE households SET region_code = :v WHERE id = ANY(:h)", v=village, h=newcomers
    )
    await programme.decide(newcomers, "eligible", following)
    assert (await programme.approved(village, cycle=following))["state"] == "approved"


async def test_removals_on_the_way_into_a_cycle_count_with_those_in_it(
    registry: Registry, programme: Programme
) -> None:
    """2 of 40 at the turn of the cycle and 1 of 38 the day after: 3 of 40 are too many."""
    village, families = await programme.families(40)
    await programme.decide(families, "eligible")
    await programme.approved(village)
    following = await programme.new_cycle(FOLLOWING)
    await programme.decide(families[2:], "eligible", following)
    await programme.decide(families[:2], "ineligible", following)
    one = await programme.verified(village, base=programme.cycle, cycle=following)
    assert (await programme.approve(one)).json()["state"] == "approving"
    await registry.do_jobs()
    await programme.decide(families[2:3], "ineligible", following)
    next_one = await programme.verified(village, base=following, cycle=following)
    removals = (await programme.list_of(next_one["id"]))["removals"]
    assert removals["programme"] == {"here": 1, "before": 2, "enrolled": 40, "percent": 7.5}
    assert removals["is_tripped"] is True


async def test_who_comes_back_is_not_paid_for_twice_in_the_budget(
    programme: Programme,
) -> None:
    village, families = await programme.families(2)
    await programme.decide(families, "eligible")
    await programme.approved(village)
    await programme.decide(families[:1], "ineligible")
    await programme.approved(village, base=programme.cycle)
    # The ceiling pays exactly the two families that were promised.
    await programme.run("UPDATE cycles SET budget_rupiah = 2000 WHERE id = :c", c=programme.cycle)
    await programme.decide(families[:1], "eligible")
    assert (await programme.approved(village, base=programme.cycle))["state"] == "approved"
    assert await programme.state_of(families[0]) == "active"


async def test_what_a_later_change_was_built_on_is_not_undone_under_it(
    registry: Registry, programme: Programme
) -> None:
    """A second move, or an enrolment of the new family, stands on the first change."""
    _, (home, divided) = await homes(registry, 2)
    changes = []
    for _time in range(2):
        elsewhere = a_village()
        changes.append(await home.done("moved_in_province", to_region_code=elsewhere))
        home.village = elsewhere
    back = await home.record(await home.body("correction", corrects_id=changes[0]["id"]))
    assert (back.status_code, back.json()["code"]) == (409, "change_cannot_be_undone")

    wife = str((await divided.person("IBU B")).id)
    new_id = "01990000-0000-7000-9000-" + str(divided.id)[-12:]
    split = await divided.done("split", person_ids=[wife], head_id=wife, new_household_id=new_id)
    await programme.decide([divided.id, UUID(new_id)], "eligible")
    await programme.approved(divided.village)
    assert await programme.state_of(UUID(new_id)) == "active"
    back = await divided.record(await divided.body("correction", corrects_id=split["id"]))
    assert (back.status_code, back.json()["code"]) == (409, "change_cannot_be_undone")


async def test_nobody_alive_is_on_no_list_but_who_runs_is_not_dropped_without_a_decision(
    programme: Programme,
) -> None:
    village, families = await programme.families(3)
    empty = families[0]
    dead = "UPDATE persons SET status = 'dead' WHERE household_id = :h"
    await programme.run(dead, h=empty)
    await programme.decide(families, "eligible")
    one = await programme.approved(village)
    assert (one["subjects"], await programme.state_of(empty)) == (2, None)
    following = await programme.new_cycle(FOLLOWING)
    await programme.run(dead, h=families[1])
    await programme.decide(families[1:], "needs_review", following)
    await programme.approved(village, base=programme.cycle, cycle=following)
    assert await programme.state_of(families[1], following) == "active"


async def test_who_is_not_taken_along_is_counted_in_the_cycle_that_it_had(
    registry: Registry, programme: Programme
) -> None:
    """A right that ends with its cycle holds until then: on the page, in data, for overlap."""
    village, families = await programme.families(2)
    await programme.decide(families, "eligible")
    await programme.approved(village)
    following = await programme.new_cycle(FOLLOWING)
    await programme.decide(families, "ineligible", following)
    await programme.approved(village, base=programme.cycle, cycle=following)
    assert await programme.state_of(families[0]) == "ended"
    async with registry.engine.connect() as connection:
        counted = (await connection.execute(RECIPIENTS)).mappings().all()
    code = await registry.value("SELECT code FROM programmes WHERE id = :i", i=programme.id)
    mine = [row for row in counted if row["program"] == code]
    assert [row["keluarga_penerima"] for row in mine] == [2]
    await programme.run(
        "UPDATE enrolments SET ended_at = now() - interval '1 day' WHERE household_id = :h",
        h=families[0],
    )
    async with registry.engine.connect() as connection:
        counted = (await connection.execute(RECIPIENTS)).mappings().all()
    assert [row["keluarga_penerima"] for row in counted if row["program"] == code] == [1]


async def test_a_change_waits_for_a_list_that_is_being_carried_out_and_sees_what_it_enrolled(
    registry: Registry, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    village, (stays, joins) = await homes(registry, 2)
    await programme.decide([stays.id, joins.id], "eligible")
    one = await programme.verified(village)
    merge = (await stays.record(await stays.body("merge", other_kk=joins.kk))).json()
    assert (await programme.approve(one)).status_code == 202
    enrolled, go_on, tell = asyncio.Event(), asyncio.Event(), publish._tell

    async def held_up(*given: Any) -> int:
        enrolled.set()
        await go_on.wait()
        return await tell(*given)

    monkeypatch.setattr(publish, "_tell", held_up)
    carrying_out = asyncio.create_task(registry.do_jobs())
    async with asyncio.timeout(20):
        await enrolled.wait()
        confirming = asyncio.create_task(stays.confirm(merge))
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :q"
        )
        while not await registry.value(waits, q="%FROM beneficiary_lists l%FOR SHARE%"):
            assert not confirming.done()
        go_on.set()
        answer = await confirming
        await carrying_out
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert [await programme.state_of(home.id) for home in (stays, joins)] == ["active"] * 2

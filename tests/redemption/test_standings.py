"""Enrolments that wait, end or go on, and families that move: in any order, twice, in a race."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.redemption.world import (
    NOW,
    VILLAGE,
    Card,
    World,
    a_benefit,
    a_cycle,
    a_list,
    an_operator,
    body_of,
    enrolments,
    envelope,
    left,
)

from common import events
from common.ids import new_id

REDEEM = "/v1/redemptions"
ELSEWHERE = "62.03.01.1001"


def about(approved: events.BeneficiaryListApprovedV1) -> dict[str, Any]:
    return {
        "change_id": new_id(),
        "programme_code": approved.programme_code,
        "cycle_id": approved.cycle.cycle_id,
        "batch": 1,
        "batches": 1,
    }


def one_of(household_id: UUID, version: int) -> dict[str, Any]:
    return {
        "enrolment_id": new_id(),
        "household_id": household_id,
        "region_code": VILLAGE,
        "reason": "suspected",
        "version": version,
    }


def suspended(
    approved: events.BeneficiaryListApprovedV1, household_id: UUID, version: int = 2
) -> events.EnrolmentsSuspendedV1:
    one = events.SuspendedEnrolment(**one_of(household_id, version), suspended_at=NOW)
    return events.EnrolmentsSuspendedV1(**about(approved), suspended=(one,))


def resumed(
    approved: events.BeneficiaryListApprovedV1, household_id: UUID, version: int = 3
) -> events.EnrolmentsResumedV1:
    one = events.ResumedEnrolment(**one_of(household_id, version), resumed_at=NOW)
    return events.EnrolmentsResumedV1(**about(approved), resumed=(one,))


def ended(
    approved: events.BeneficiaryListApprovedV1,
    household_id: UUID,
    version: int = 2,
    *,
    grace_until: datetime | None = None,
    kept: Sequence[UUID] = (),
) -> events.EnrolmentsEndedV1:
    one = events.EndedEnrolment(
        **one_of(household_id, version),
        ended_at=NOW - timedelta(hours=1),
        grace_until=grace_until,
        kept_benefit_ids=tuple(kept),
    )
    return events.EnrolmentsEndedV1(**about(approved), ended=(one,))


def moved(household_id: UUID, region_code: str) -> events.HouseholdChangedV1:
    return events.HouseholdChangedV1(
        household_id=household_id,
        kind="moved_in_province",
        region_code=region_code,
        sealed="x",
        card_action="none",
        happened_on=NOW.date(),
        changed_at=NOW,
    )


async def redeem(client: httpx.AsyncClient, body: dict[str, Any]) -> Any:
    return await client.post(REDEEM, json=body, headers=an_operator())


async def test_a_suspended_right_is_refused_in_words_and_given_again_after_it(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    await world.tell(suspended(approved, family.household_id))
    refused = (await redeem(client, body_of(family, approved))).json()
    assert refused["code"] == "entitlement_suspended"
    assert "ditangguhkan" in refused["messages"]["id"]["title"]
    await world.tell(resumed(approved, family.household_id))
    assert (await redeem(client, body_of(family, approved))).status_code == 201


async def test_an_ended_right_is_closed_but_kept_benefits_go_on_until_their_day(
    world: World, client: httpx.AsyncClient
):
    food = a_benefit()
    health, school = (
        a_benefit(code=code, kind="service", partner_kinds=("food_point",))
        for code in ("PERIKSA", "SEKOLAH")
    )
    family, approved = await world.a_family(food, health, school)
    over = ended(
        approved,
        family.household_id,
        grace_until=NOW + timedelta(days=30),
        kept=[health.benefit_id],
    )
    await world.tell(over)
    answers = [await redeem(client, body_of(family, approved, nth)) for nth in range(3)]
    assert [one.json().get("code", "given") for one in answers] == [
        "entitlement_ended",
        "given",
        "entitlement_ended",
    ]
    gone = ended(
        approved,
        family.household_id,
        3,
        grace_until=NOW - timedelta(minutes=1),
        kept=[health.benefit_id],
    )
    await world.tell(gone)
    repeat = body_of(family, approved, 1)
    assert (await redeem(client, repeat)).json()["code"] == "entitlement_ended"


async def test_any_order_and_any_repeat_leave_the_newest_standing(world: World):
    for order in permutations(range(5)):
        family, approved = Card(world.issuer), a_list(a_cycle(), [a_benefit()])
        bodies = [
            envelope(approved),
            envelope(enrolments(approved, [family.household_id])),
            envelope(suspended(approved, family.household_id, 2)),
            envelope(resumed(approved, family.household_id, 3)),
            envelope(ended(approved, family.household_id, 4)),
        ]
        for nth in (*order, order[0]):
            assert await world.deliver(bodies[nth])
        async with world.engine.connect() as tx:
            found = await tx.execute(
                text("SELECT standing, ends_at FROM entitlements WHERE household_id = :h"),
                {"h": family.household_id},
            )
            ((standing, ends_at),) = found.all()
        assert standing == "ended"
        assert ends_at < NOW


async def test_a_grant_and_an_end_at_the_same_moment_leave_the_right_ended(world: World):
    for _ in range(8):
        family, approved = Card(world.issuer), a_list(a_cycle(), [a_benefit()])
        await world.tell(approved)
        await asyncio.gather(
            world.tell(enrolments(approved, [family.household_id])),
            world.tell(ended(approved, family.household_id)),
        )
        async with world.engine.connect() as tx:
            standing = await tx.scalar(
                text("SELECT standing FROM entitlements WHERE household_id = :h"),
                {"h": family.household_id},
            )
        assert standing == "ended"


async def test_a_redemption_under_way_is_waited_for_and_stays(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=2))
    held = text("SELECT 1 FROM entitlements WHERE household_id = :h FOR UPDATE")
    async with world.engine.begin() as tx:
        await tx.execute(held, {"h": family.household_id})
        ending = asyncio.create_task(world.tell(ended(approved, family.household_id)))
        done, _ = await asyncio.wait({ending}, timeout=0.3)
        assert not done
    await ending
    races = [redeem(client, body_of(family, approved)) for _ in range(3)]
    assert {one.json()["code"] for one in await asyncio.gather(*races)} == {"entitlement_ended"}
    assert await left(world, family.household_id) == [(2, 300_000)]
    assert await status_of_race(world, client) in {(1, 1), (0, 2)}


async def status_of_race(world: World, client: httpx.AsyncClient) -> tuple[int, int]:
    """Redeem and end at once; return how many were given, and what is left: they add up."""
    family, approved = await world.a_family(a_benefit(quantity=2))
    answer, _ = await asyncio.gather(
        redeem(client, body_of(family, approved)),
        world.tell(ended(approved, family.household_id)),
    )
    ((quantity, _),) = await left(world, family.household_id)
    return int(answer.status_code == 201), quantity


@pytest.mark.parametrize("card_first", [True, False])
async def test_a_family_that_moved_counts_where_it_lives_now(world: World, card_first: bool):
    family = Card(world.issuer)
    approved = a_list(a_cycle(), [a_benefit()])
    await world.tell(approved)
    await world.tell(enrolments(approved, [family.household_id]))
    steps = [
        lambda: world.cards(family),
        lambda: world.tell(moved(family.household_id, ELSEWHERE), sequence=2),
        # An older move, heard late.
        lambda: world.tell(moved(family.household_id, "62.71.01.1002"), sequence=1),
    ]
    for step in steps if card_first else [*steps[1:], steps[0]]:
        await step()
    async with world.engine.connect() as tx:
        region = await tx.scalar(
            text("SELECT region_code FROM cards WHERE card_id = :c"), {"c": family.card_id}
        )
    assert region == ELSEWHERE


async def test_what_is_kept_goes_on_after_the_last_day_of_its_cycle_and_nothing_else_does(
    world: World, client: httpx.AsyncClient
):
    """Who is not taken along into the next cycle has the grace period after this one's end."""
    food = a_benefit()
    health = a_benefit(code="PERIKSA", kind="service", partner_kinds=("food_point",), quantity=2)
    family, approved = await world.a_family(food, health)
    await world.tell(
        ended(
            approved,
            family.household_id,
            grace_until=NOW + timedelta(days=30),
            kept=[health.benefit_id],
        )
    )
    async with world.engine.begin() as tx:
        await tx.execute(
            text("UPDATE cycles SET opens_on = opens_on - 400, closes_on = :d WHERE id = :c"),
            {"d": NOW.date() - timedelta(days=2), "c": approved.cycle.cycle_id},
        )
    answers = [await redeem(client, body_of(family, approved, nth)) for nth in range(2)]
    assert [one.json().get("code", "given") for one in answers] == ["entitlement_ended", "given"]
    await world.tell(resumed(approved, family.household_id))
    again = await redeem(client, body_of(family, approved, 1))
    assert again.json()["code"] == "cycle_closed"

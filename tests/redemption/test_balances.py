"""A member's balance spent in parts, on allowed goods only, by many counters at once."""

import asyncio
import random

import httpx2 as httpx
from tests.redemption.rights import a_person, differences, enrolled
from tests.redemption.world import (
    MARKET,
    Card,
    World,
    a_benefit,
    a_cycle,
    a_list,
    an_operator,
    body_of,
    left,
)

WHOLE, ACTS = 1_400_000, 120


async def a_balance(world: World):
    supplies = a_benefit(
        code="PERLENGKAPAN",
        kind="balance",
        name_id="Perlengkapan sekolah",
        amount_rupiah=WHOLE,
        subject="person",
        goods_categories=("seragam", "buku"),
        partner_kinds=("market",),
    )
    family, pupil = Card(world.issuer), a_person(world, supplies)
    approved = a_list(a_cycle(), [supplies])
    await world.cards(family)
    await world.tell(approved)
    await world.tell(enrolled(approved, {family.household_id: [pupil]}))
    return family, approved, {"subject_id": str(pupil.person_id)}


async def test_a_balance_is_spent_on_the_goods_that_it_names_and_on_nothing_else(
    world: World, client: httpx.AsyncClient
):
    family, approved, whose = await a_balance(world)
    said = {}
    for category in (None, "pulsa", "buku"):
        body = body_of(family, approved, **whose, amount_rupiah=50_000, goods_category=category)
        answer = await client.post("/v1/redemptions", json=body, headers=an_operator(MARKET))
        said[category] = answer.json().get("code", answer.status_code)
    assert said == {None: "goods_category_needed", "pulsa": "goods_not_allowed", "buku": 201}
    assert await left(world, family.household_id) == [(0, WHOLE - 50_000)]


async def test_mixed_amounts_by_many_counters_never_pass_a_members_balance(
    world: World, client: httpx.AsyncClient
):
    family, approved, whose = await a_balance(world)
    dice = random.Random(5)
    amounts = [dice.choice((5_000, 17_500, 30_000, 120_000)) for _ in range(ACTS)]
    assert sum(amounts) > 2 * WHOLE

    async def spend(amount: int) -> int:
        body = body_of(family, approved, **whose, amount_rupiah=amount, goods_category="buku")
        answer = await client.post("/v1/redemptions", json=body, headers=an_operator(MARKET))
        if answer.status_code == 201:
            return amount
        assert answer.json()["code"] in {"insufficient_entitlement", "already_redeemed"}
        return 0

    spent = sum(await asyncio.gather(*(spend(amount) for amount in amounts)))
    assert await left(world, family.household_id) == [(0, WHOLE - spent)]
    assert WHOLE - spent < 5_000
    assert await differences(world) == []

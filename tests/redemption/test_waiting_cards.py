"""A card counts once its family has it, in whatever order that is heard."""

from itertools import permutations
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.redemption.world import (
    FOOD_POINT,
    NOW,
    Card,
    World,
    a_benefit,
    a_cycle,
    a_list,
    an_operator,
    body_of,
    enrolments,
    envelope,
)

from common import events
from common.ids import new_id
from common.sealed import Sealer
from redemption.redeeming.record_many import lock_situations, record_many
from redemption.redeeming.rules import Attempt, Wanted, decide

CHECK, REDEEM = "/v1/card-checks", "/v1/redemptions"


def issued(world: World, card: Card, *, counts_at_once: bool = False) -> bytes:
    sealer = Sealer(world.settings.event_sealing_key.get_secret_value())
    event = events.CardsIssuedV1(
        batch_id=new_id(), cards=(card.issued(sealer),), counts_at_once=counts_at_once
    )
    return envelope(event)


def said(card: Card, status: str, sequence: int) -> bytes:
    event = events.CardStatusChangedV1.model_validate(
        {
            "card_id": card.card_id,
            "household_id": card.household_id,
            "status": status,
            "reason": "test",
            "changed_at": NOW,
        }
    )
    return envelope(event, sequence=sequence)


async def a_right(world: World, card: Card, **benefit: Any) -> events.BeneficiaryListApprovedV1:
    approved = a_list(a_cycle(), [a_benefit(**benefit)])
    await world.tell(approved)
    await world.tell(enrolments(approved, [card.household_id]))
    return approved


async def why_not(client: httpx.AsyncClient, card: Card) -> str:
    answer = await client.post(CHECK, json={"card": card.token}, headers=an_operator())
    found = answer.json()
    return "" if found["is_valid"] else str(found["why_not"]["code"])


async def test_a_card_gives_nothing_before_it_was_handed_over_and_then_does(
    world: World, client: httpx.AsyncClient
):
    card = Card(world.issuer)
    approved = await a_right(world, card)
    await world.waiting_cards(card)
    wanted = body_of(card, approved)
    refused = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert (refused.status_code, refused.json()["code"]) == (409, "card_not_active")
    assert "penyerahannya belum terkirim" in refused.json()["messages"]["id"]["action"]
    await world.status(card, "valid", 5)
    given = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert given.status_code == 201


@pytest.mark.parametrize("last", ["", "card_suspended", "card_revoked", "card_not_active"])
async def test_in_any_order_and_twice_the_newest_word_counts(
    world: World, client: httpx.AsyncClient, last: str
):
    words = {"": "valid", "card_not_active": "not_active"}
    newest = words.get(last, last.removeprefix("card_"))
    for order in permutations(range(4)):
        card = Card(world.issuer)
        bodies = [
            issued(world, card),
            said(card, "suspended", 3),
            said(card, "not_active", 4),
            said(card, newest, 7),
        ]
        for nth in (*order, order[0]):
            assert await world.deliver(bodies[nth])
        assert await why_not(client, card) == last


async def test_a_card_of_before_the_rule_counts_until_it_is_said_that_it_waits(
    world: World, client: httpx.AsyncClient
):
    plain, unblocked = Card(world.issuer), Card(world.issuer)
    await world.waiting_cards(plain, unblocked, counts_at_once=True)
    await world.status(unblocked, "valid", 4)
    assert await why_not(client, plain) == ""
    assert await why_not(client, unblocked) == ""
    # What the change of the rule tells, at the version that each card has.
    await world.status(plain, "not_active", 2)
    await world.status(unblocked, "not_active", 4)
    await world.status(unblocked, "valid", 4)
    assert await why_not(client, plain) == "card_not_active"
    assert await why_not(client, unblocked) == "card_not_active"


async def test_a_card_that_is_blocked_while_it_is_judged_takes_nothing(
    world: World, client: httpx.AsyncClient
):
    card, approved = await world.a_family(a_benefit(quantity=2))
    attempt = Attempt(
        wanted=Wanted(
            id=new_id(),
            shown=card.number,
            entitlement_id=None,
            benefit_id=approved.benefits[0].benefit_id,
            cycle_id=approved.cycle.cycle_id,
            quantity=1,
            amount_rupiah=None,
            holder_check="name_compared",
        ),
        card_id=card.card_id,
        card_reading="typed",
        partner_id=FOOD_POINT,
        operator="clerk",
        operator_name="Clerk",
        at=NOW,
    )
    async with world.engine.begin() as tx:
        line = decide(attempt, *(await lock_situations(tx, [attempt])))
        await world.status(card, "suspended", 6)
        assert await record_many(tx, [line]) == [None]
        left = await tx.scalar(
            text("SELECT remaining_quantity FROM entitlements WHERE household_id = :h"),
            {"h": card.household_id},
        )
    assert left == 2
    again = await client.post(REDEEM, json=body_of(card, approved), headers=an_operator())
    assert again.json()["code"] == "card_suspended"

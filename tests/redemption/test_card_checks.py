"""What a counter may know of a card, and that each look is noted."""

import httpx2 as httpx
from sqlalchemy import text
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    Card,
    Issuer,
    World,
    a_benefit,
    an_operator,
    body_of,
)

from common.ids import new_id

REDEEM = "/v1/redemptions"


async def test_a_stolen_key_ends_its_cards_at_once_scanned_or_typed(
    world: World, client: httpx.AsyncClient
):
    stolen = Issuer()
    await world.tell(stolen.published())
    card = Card(stolen)
    await world.cards(card)
    check = {"card": card.token}
    before = await client.post("/v1/card-checks", json=check, headers=an_operator())
    assert before.json()["is_valid"]
    await world.tell(stolen.published("compromised"), sequence=2)
    for shown in (card.token, card.number):
        after = await client.post("/v1/card-checks", json={"card": shown}, headers=an_operator())
        assert after.json()["why_not"]["code"] == "card_must_be_replaced"


async def test_a_card_check_shows_the_name_and_only_what_this_partner_can_give(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(
        a_benefit(), a_benefit(code="PREMI", name_id="Premi", partner_kinds=("clinic",))
    )
    answer = await client.post(
        "/v1/card-checks", json={"card": family.token}, headers=an_operator()
    )
    found = answer.json()
    assert found["is_valid"]
    assert found["printed_name"] == family.printed_name
    assert found["card_number"] == family.number
    assert [one["name_id"] for one in found["benefits"]] == ["Paket pangan"]
    assert found["benefits"][0]["can_be_given"]
    await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    used = await client.post(
        "/v1/card-checks", json={"card": family.number}, headers=an_operator(MARKET)
    )
    offer = used.json()["benefits"][0]
    assert not offer["can_be_given"]
    assert "Sudah diambil pada" in offer["why_not"]["title"]


async def test_a_card_that_does_not_count_shows_neither_name_nor_rights(
    world: World, client: httpx.AsyncClient
):
    family, _ = await world.a_family()
    await world.status(family, "suspended", 2)
    answer = await client.post(
        "/v1/card-checks", json={"card": family.number}, headers=an_operator()
    )
    found = answer.json()
    assert (found["is_valid"], found["why_not"]["code"]) == (False, "card_suspended")
    assert (found["printed_name"], found["benefits"]) == (None, [])


async def test_every_look_at_a_card_and_every_refusal_is_noted(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    person = str(new_id())
    headers = an_operator(subject=person)
    await client.post("/v1/card-checks", json={"card": family.token}, headers=headers)
    await client.post("/v1/card-checks", json={"card": "0000000000"}, headers=headers)
    wanted = body_of(family, approved, quantity=7)
    await client.post(REDEEM, json=wanted, headers=headers)
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text(
                "SELECT action, subject_id, details ->> 'refusal' FROM audit_log "
                "WHERE actor = :a ORDER BY at"
            ),
            {"a": person},
        )
        assert [tuple(row) for row in rows] == [
            ("card.checked", family.card_id, None),
            ("card.checked", "unknown", "card_number_malformed"),
            ("redemption.refused", str(FOOD_POINT), "insufficient_entitlement"),
        ]

"""A redemption: once for each id, never more than there is, told to the others."""

from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    World,
    a_benefit,
    an_operator,
    body_of,
    left,
)

from common import events
from common.ids import new_id

REDEEM = "/v1/redemptions"


async def test_a_family_collects_its_parcel_once_and_hears_when_and_where(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    first = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    assert first.status_code == 201, first.text
    receipt = first.json()
    assert receipt["amount_rupiah"] == 150_000
    assert receipt["remaining_quantity"] == 0

    second = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator(MARKET))
    assert second.status_code == 409
    problem = second.json()
    assert problem["code"] == "already_redeemed"
    assert problem["first_redeemed_at"][:19] == receipt["redeemed_at"][:19]
    assert "Titik Pangan Bukit Tunggal" in problem["messages"]["id"]["title"]
    assert "WIB di Titik Pangan" in problem["messages"]["id"]["title"]
    assert "Already collected on" in problem["messages"]["en"]["title"]


async def test_a_typed_number_serves_as_well_as_a_scan(world: World, client: httpx.AsyncClient):
    family, approved = await world.a_family()
    typed = body_of(family, approved, card=family.number.lower().replace("-", " "))
    answer = await client.post(REDEEM, json=typed, headers=an_operator())
    assert answer.status_code == 201


async def test_a_right_can_be_named_by_its_own_id(world: World, client: httpx.AsyncClient):
    family, approved = await world.a_family()
    check = await client.post("/v1/card-checks", json={"card": family.token}, headers=an_operator())
    wanted = body_of(family, approved)
    del wanted["benefit_id"], wanted["cycle_id"]
    wanted["entitlement_id"] = check.json()["benefits"][0]["entitlement_id"]
    answer = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert answer.status_code == 201
    again = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert again.json() == answer.json()


async def test_a_repeat_gets_the_first_answer_whatever_happened_since(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    wanted = body_of(family, approved)
    first = await client.post(REDEEM, json=wanted, headers=an_operator())
    await world.status(family, "revoked", 9)
    repeat = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert (repeat.status_code, repeat.json()) == (201, first.json())


async def test_a_repeat_is_answered_after_the_card_itself_has_run_out(
    world: World, client: httpx.AsyncClient
):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    family, approved = await world.a_family(expires_at=soon)
    wanted = body_of(family, approved)
    first = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert first.status_code == 201, first.text
    while datetime.now(UTC) < soon:
        await client.get("/livez")
    other = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    assert other.json()["code"] == "card_expired"
    repeat = await client.post(REDEEM, json=wanted, headers=an_operator())
    assert repeat.json() == first.json()


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 2},
        {"holder_check": "photo_compared"},
        {"benefit_id": str(new_id())},
        {"cycle_id": str(new_id())},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_the_same_id_with_another_body_is_refused(
    world: World, client: httpx.AsyncClient, change: dict[str, object]
):
    family, approved = await world.a_family(a_benefit(quantity=5))
    wanted = body_of(family, approved)
    await client.post(REDEEM, json=wanted, headers=an_operator())
    answer = await client.post(REDEEM, json={**wanted, **change}, headers=an_operator())
    assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")


async def test_the_same_id_for_another_family_or_partner_is_refused(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=5))
    other, others_list = await world.a_family()
    wanted = body_of(family, approved)
    await client.post(REDEEM, json=wanted, headers=an_operator())
    for body, partner in (
        (body_of(other, others_list, id=wanted["id"]), FOOD_POINT),
        (wanted, MARKET),
    ):
        answer = await client.post(REDEEM, json=body, headers=an_operator(partner))
        assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")
    assert await left(world, other.household_id) == [(1, 150_000)]


async def test_a_balance_is_spent_in_parts_and_never_beyond(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(kind="balance", amount_rupiah=100_000))

    async def spend(amount_rupiah: int | None) -> httpx.Response:
        wanted = body_of(family, approved, amount_rupiah=amount_rupiah)
        return await client.post(REDEEM, json=wanted, headers=an_operator(MARKET))

    assert (await spend(60_000)).json()["remaining_rupiah"] == 40_000
    assert (await spend(None)).json()["code"] == "amount_needed"
    too_much = (await spend(40_001)).json()
    assert (too_much["code"], too_much["remaining_rupiah"]) == ("insufficient_entitlement", 40_000)
    assert (await spend(40_000)).json()["remaining_rupiah"] == 0
    assert (await spend(1)).json()["code"] == "already_redeemed"


async def test_a_redemption_is_told_to_the_others_with_the_version_of_its_right(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    answer = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    async with world.engine.connect() as tx:
        row = (
            await tx.execute(
                text("SELECT envelope FROM outbox WHERE subject = :s"),
                {"s": answer.json()["id"]},
            )
        ).one()
    told = events.Envelope.model_validate_json(row.envelope)
    assert (told.type, told.source) == ("redemptions.recorded.v1", "redemption")
    event = told.event()
    assert isinstance(event, events.RedemptionsRecordedV1)
    (line,) = event.redemptions
    assert (line.household_id, line.version) == (family.household_id, 2)
    assert str(line.entitlement_id) == answer.json()["entitlement_id"]
    assert family.printed_name not in row.envelope


async def test_another_partners_redemption_does_not_exist_for_a_partner(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    wanted = body_of(family, approved)
    await client.post(REDEEM, json=wanted, headers=an_operator())
    address = f"{REDEEM}/{wanted['id']}"
    assert (await client.get(address, headers=an_operator())).status_code == 200
    assert (await client.get(address, headers=an_operator(MARKET))).status_code == 404
    outside = bearer("regency_verifier", regions=("62.01",))
    assert (await client.get(address, headers=outside)).status_code == 403


async def test_a_text_that_no_database_takes_is_refused_in_words(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    nul = {**body_of(family, approved), "goods_category": "\0"}
    assert (
        await client.post("/v1/redemptions", json=nul, headers=an_operator())
    ).status_code == 422
    given = body_of(family, approved)
    done = await client.post("/v1/redemptions", json=given, headers=an_operator())
    assert done.status_code == 201
    undo = {"id": str(new_id()), "reason": "salah\0 keluarga"}
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    path = f"/v1/redemptions/{given['id']}/reversals"
    answer = await client.post(path, json=undo, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")

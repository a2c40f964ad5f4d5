from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    an_operator,
    body_of,
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


async def left(world: World, household_id: UUID) -> list[tuple[int, int]]:
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text(
                "SELECT remaining_quantity, remaining_rupiah FROM entitlements "
                "WHERE household_id = :h"
            ),
            {"h": household_id},
        )
        return [tuple(row) for row in rows]


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


async def test_each_reason_to_refuse_is_said_in_both_languages_with_what_to_do(
    world: World, client: httpx.AsyncClient
):
    today = datetime.now(UTC).date()
    later = a_cycle(opens_on=today + timedelta(days=5), closes_on=today + timedelta(days=9))
    over = a_cycle(opens_on=today - timedelta(days=9), closes_on=today - timedelta(days=5))
    family, approved = await world.a_family(
        a_benefit(quantity=2), a_benefit(code="PREMI", partner_kinds=("clinic",))
    )
    early, early_list = await world.a_family(cycle=later)
    late, late_list = await world.a_family(cycle=over)
    suspended, suspended_list = await world.a_family()
    await world.status(suspended, "suspended", 5)
    revoked, revoked_list = await world.a_family()
    await world.status(revoked, "revoked", 5)
    stranger = Card(Issuer())
    unheard = Card(world.issuer)
    mistyped = "".join(sorted(family.number, reverse=True))
    cases = {
        "insufficient_entitlement": body_of(family, approved, quantity=3),
        "amount_is_fixed": body_of(family, approved, amount_rupiah=5),
        "not_at_this_partner_kind": body_of(family, approved, 1),
        "not_entitled": body_of(family, early_list),
        "cycle_not_open": body_of(early, early_list),
        "cycle_closed": body_of(late, late_list),
        "card_suspended": body_of(suspended, suspended_list),
        "card_revoked": body_of(revoked, revoked_list),
        "card_key_unknown": body_of(stranger, approved),
        "card_unknown": body_of(unheard, approved),
        "card_unreadable": body_of(family, approved, card="HTTPS://EXAMPLE.TEST/A-LINK-BY-POSTER"),
        "card_number_malformed": body_of(family, approved, card="1234567890"),
        "card_number_mistyped": body_of(family, approved, card=mistyped),
    }
    forged = family.token[:-3] + ("AAA" if family.token[-3:] != "AAA" else "BBB")
    cases["card_not_genuine"] = body_of(family, approved, card=forged)
    for code, body in cases.items():
        answer = await client.post(REDEEM, json=body, headers=an_operator())
        problem = answer.json()
        if code == "card_not_genuine" and problem["code"] == "card_unreadable":
            continue  # The last characters can also be no Base45 at all.
        assert problem["code"] == code
        assert answer.headers["content-type"] == "application/problem+json"
        for language in ("id", "en"):
            said = problem["messages"][language]
            assert said["title"]
            assert said["action"]
            assert "{" not in said["title"] + said["action"]
        assert problem["messages"]["id"] != problem["messages"]["en"]
    assert sorted(await left(world, family.household_id)) == [(1, 150_000), (2, 300_000)]


async def test_a_suspended_partner_or_one_of_another_region_gives_nothing(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    suspended, elsewhere = new_id(), new_id()
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO partners (id, name, kind, address, region_codes, status) VALUES "
                "(:a, 'Toko Tutup', 'market', '-', '{62}', 'suspended'), "
                "(:b, 'Toko Jauh', 'market', '-', '{62.01}', 'active')"
            ),
            {"a": suspended, "b": elsewhere},
        )
    for partner_id, code in (
        (suspended, "partner_suspended"),
        (elsewhere, "outside_partner_regions"),
        (new_id(), "no_partner"),
    ):
        wanted = body_of(family, approved)
        answer = await client.post(REDEEM, json=wanted, headers=an_operator(partner_id))
        assert answer.json()["code"] == code
    nobody = bearer("partner_operator", regions=())
    answer = await client.post(REDEEM, json=body_of(family, approved), headers=nobody)
    assert answer.status_code == 403


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


async def test_a_redemption_is_told_to_the_others_with_the_version_of_its_right(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    answer = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    async with world.engine.connect() as tx:
        row = (
            await tx.execute(
                text("SELECT envelope FROM outbox WHERE subject = :s"),
                {"s": answer.json()["entitlement_id"]},
            )
        ).one()
    told = events.Envelope.model_validate_json(row.envelope)
    assert (told.type, told.sequence, told.source) == ("redemption.recorded.v1", 2, "redemption")
    event = told.event()
    assert isinstance(event, events.RedemptionRecordedV1)
    assert event.household_id == family.household_id
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

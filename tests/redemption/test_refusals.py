"""Every reason to say no, in both languages, with what to do."""

from datetime import UTC, datetime, timedelta

import httpx2 as httpx
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.world import (
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    an_operator,
    body_of,
    left,
)

from common.ids import new_id

REDEEM = "/v1/redemptions"


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
    waiting = Card(world.issuer, household_id=family.household_id)
    await world.waiting_cards(waiting)
    stranger = Card(Issuer())
    unheard = Card(world.issuer)
    mistyped = ("A" if family.number[0] != "A" else "B") + family.number[1:]
    cases = {
        "insufficient_entitlement": body_of(family, approved, quantity=3),
        "amount_is_fixed": body_of(family, approved, amount_rupiah=5),
        "not_at_this_partner_kind": body_of(family, approved, 1),
        "not_entitled": body_of(family, early_list),
        "cycle_not_open": body_of(early, early_list),
        "cycle_closed": body_of(late, late_list),
        "card_not_active": body_of(waiting, approved),
        "card_suspended": body_of(suspended, suspended_list),
        "card_revoked": body_of(revoked, revoked_list),
        "card_key_unknown": body_of(stranger, approved),
        "card_unknown": body_of(unheard, approved),
        "card_unreadable": body_of(family, approved, card="HTTPS://EXAMPLE.TEST/A-LINK-BY-POSTER"),
        "card_number_malformed": body_of(family, approved, card="1234567890"),
        "card_number_mistyped": body_of(family, approved, card=mistyped),
    }
    forged = Issuer().token(family, kid=world.issuer.kid)
    cases["card_not_genuine"] = body_of(family, approved, card=forged)
    for code, body in cases.items():
        answer = await client.post(REDEEM, json=body, headers=an_operator())
        problem = answer.json()
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

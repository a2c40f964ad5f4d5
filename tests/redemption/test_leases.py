"""Leases: each right for one terminal, only what its partner may give, and free again in time."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_journal import a_phone
from tests.redemption.a_partner import a_partner
from tests.redemption.test_conflicts import allow
from tests.redemption.test_journal import rows
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    World,
    a_benefit,
    a_cycle,
    an_operator,
    body_of,
)

from common import clock
from common.database import in_transaction
from common.ids import new_id
from redemption.leases import rules
from redemption.leases.end_lease import tidy

REDEEM = "/v1/redemptions"


async def test_a_lease_holds_what_this_partner_may_give_to_these_families(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.1001"
    parcel = a_benefit(quantity=2)
    cash = a_benefit(code="TUNAI", kind="cash", partner_kinds=("bank",))
    family, approved = await world.a_family(parcel, cash, region_code=village)
    await world.a_family(region_code="62.03.01.2002")
    early = a_cycle(opens_on=datetime.now(UTC).date() + timedelta(days=2))
    await world.a_family(cycle=early, region_code=village)
    blocked, _ = await world.a_family(region_code=village)
    await world.status(blocked, "suspended", 5)
    phone = await a_phone(client)
    lease = await phone.take(village, hours=6)
    (found,) = lease["families"]
    assert (found["household_id"], found["cards"]) == (str(family.household_id), [family.card_id])
    assert found["name"] == family.printed_name
    (right,) = found["rights"]
    assert (right["remaining_quantity"], right["subject_name"]) == (2, None)
    (benefit,) = lease["benefits"]
    assert benefit["benefit_id"] == str(approved.benefits[0].benefit_id)
    taken, until = (datetime.fromisoformat(lease[name]) for name in ("taken_at", "expires_at"))
    assert until - taken == timedelta(hours=6)
    noted = await rows(
        world,
        "SELECT action FROM audit_log WHERE subject_id = :l ORDER BY at",
        l=lease["id"],
    )
    assert [one["action"] for one in noted] == ["lease.taken", "lease.read"]


async def test_hours_are_limited_by_the_policy_and_otherwise_by_a_day(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2003"
    _, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village, hours=168)
    assert _hours(lease) == 24
    # All other benefits of this partner keep the day; the shortest of them counts.
    await allow(world, approved)
    assert _hours(await phone.take(village, hours=168)) == 24


def _hours(lease: dict[str, str]) -> float:
    taken, until = (datetime.fromisoformat(lease[name]) for name in ("taken_at", "expires_at"))
    return (until - taken).total_seconds() / 3600


async def test_terminals_that_ask_for_one_village_at_once_get_disjoint_rights(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2004"
    families = [(await world.a_family(region_code=village))[0] for _ in range(12)]
    phones = [await a_phone(client) for _ in range(4)]
    answers = await asyncio.gather(*(phone.lease(village) for phone in phones))
    held = [
        family["household_id"]
        for answer in answers
        if answer.status_code == 201
        for family in answer.json()["families"]
    ]
    assert sorted(held) == sorted(str(family.household_id) for family in families)
    refused = [one.json()["code"] for one in answers if one.status_code != 201]
    assert set(refused) <= {"nothing_to_lease"}


async def test_a_village_is_divided_by_the_ends_of_card_numbers(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2005"
    families = [(await world.a_family(region_code=village))[0] for _ in range(8)]
    ends = sorted({family.number[-1] for family in families})
    first, second = await a_phone(client), await a_phone(client)
    one = await first.take(village, card_ends=ends[0])
    numbers = {family.card_id: family.number for family in families}
    assert {numbers[f["cards"][0]][-1] for f in one["families"]} == {ends[0]}
    rest = await second.take(village)
    assert len(one["families"]) + len(rest["families"]) == len(families)


async def test_what_is_set_aside_is_redeemed_at_that_terminal_only(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2006"
    family, approved = await world.a_family(a_benefit(quantity=3), region_code=village)
    phone, other = await a_phone(client), await a_phone(client)
    await phone.take(village)
    refused = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    assert refused.json()["code"] == "entitlement_leased"
    elsewhere = await other.terminal.post(REDEEM, body_of(family, approved))
    assert elsewhere.json()["code"] == "entitlement_leased"
    assert (await phone.terminal.post(REDEEM, body_of(family, approved))).status_code == 201
    other.give(family, approved)
    (outcome,) = await other.sync()
    assert outcome["code"] == "entitlement_leased"
    assert "sampai" in outcome["title"]


async def test_a_repeat_of_the_same_id_is_the_same_lease(world: World, client: httpx.AsyncClient):
    village = "62.03.01.2007"
    await world.a_family(region_code=village)
    phone, other = await a_phone(client), await a_phone(client)
    asked: dict[str, Any] = {"id": str(new_id())}
    answers = await asyncio.gather(*(phone.lease(village, **asked) for _ in range(5)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert (await phone.lease(village, hours=3, **asked)).json()["code"] == "id_reused"
    assert (await other.lease(village, **asked)).json()["code"] == "id_reused"
    listed = (await phone.terminal.get("/v1/leases")).json()
    assert [one["id"] for one in listed] == [asked["id"]]
    assert (await other.terminal.get("/v1/leases")).json() == []


async def test_no_lease_is_given_to_a_terminal_that_has_not_sent_everything(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2013"
    await world.a_family(region_code=village)
    phone = await a_phone(client)
    refused = await phone.lease(village, unsent=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "journal_unsent")
    assert (await phone.lease(village, unsent=0)).status_code == 201


async def test_a_returned_lease_frees_what_is_left_and_another_terminals_is_not_found(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2008"
    await world.a_family(region_code=village)
    phone, other = await a_phone(client), await a_phone(client)
    lease = await phone.take(village)
    path = f"/v1/leases/{lease['id']}/return"
    assert (await other.terminal.post(path, {})).status_code == 404
    first = await phone.terminal.post(path, {})
    assert (await phone.terminal.post(path, {})).json() == first.json()
    assert len((await other.take(village))["families"]) == 1
    # The first terminal's return does not touch what is another's by now.
    await phone.terminal.post(path, {})
    assert len((await other.terminal.get("/v1/leases")).json()) == 1


async def test_a_lapsed_lease_means_nothing_and_is_tidied_when_somebody_comes_by(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2009"
    family, approved = await world.a_family(a_benefit(quantity=2), region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE entitlements SET leased_until = now() - interval '1 second' "
                "WHERE lease_id = :l"
            ),
            {"l": lease["id"]},
        )
        await tx.execute(
            text(
                "UPDATE leases SET taken_at = taken_at - interval '2 days', "
                "expires_at = now() - interval '1 second' WHERE id = :l"
            ),
            {"l": lease["id"]},
        )
    done = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    assert done.status_code == 201
    assert await in_transaction(world.engine, lambda tx: tidy(tx, clock.utc_now())) >= 1
    (right,) = await rows(
        world, "SELECT lease_id FROM entitlements WHERE household_id = :h", h=family.household_id
    )
    assert right["lease_id"] is None


async def test_partners_lease_in_their_regions_and_only_from_terminals(
    world: World, client: httpx.AsyncClient
):
    village = "62.03.01.2010"
    await world.a_family(region_code=village)
    async with world.engine.begin() as tx:
        narrow = text("UPDATE partners SET region_codes = :r WHERE id = :p")
        await tx.execute(narrow, {"r": ["62.02"], "p": MARKET})
    try:
        phone = await a_phone(client, MARKET)
        assert (await phone.lease(village)).json()["code"] == "outside_partner_regions"
        assert (await phone.lease("62.99.99.9999x")).status_code == 422
    finally:
        async with world.engine.begin() as tx:
            await tx.execute(narrow, {"r": ["62"], "p": MARKET})
    asked = {"id": str(new_id()), "region_codes": [village], "hours": 5}
    person = bearer("partner_operator", partner_id=FOOD_POINT, regions=())
    refused = await client.post("/v1/leases", json=asked, headers=person)
    assert refused.json()["code"] == "terminal_needed"


@pytest.mark.parametrize(
    ("since", "returned", "code", "villages"),
    [
        ("2 days", "NULL", "lease_holds_enough", ("62.03.02.1001", "62.03.02.1002")),
        ("2 hours", "now()", "lease_told_enough", ("62.03.02.1003", "62.03.02.1004")),
        ("2 days", "now()", None, ("62.03.02.1005", "62.03.02.1006")),
    ],
)
async def test_a_terminal_is_told_of_no_more_families_than_it_can_serve(
    world: World,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    since: str,
    returned: str,
    code: str | None,
    villages: tuple[str, str],
):
    monkeypatch.setattr(rules, "HELD_MAX", 1 if returned == "NULL" else 9)
    monkeypatch.setattr(rules, "TOLD_MAX", 1)
    first, second = villages
    for village in villages:
        await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(first)
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                f"UPDATE leases SET taken_at = now() - interval '{since}', "  # noqa: S608
                f"returned_at = {returned} WHERE id = :l"
            ),
            {"l": lease["id"]},
        )
    answer = await phone.lease(second)
    assert (answer.json().get("code"), answer.status_code == 201) == (code, code is None)


async def test_two_leases_asked_for_at_once_count_together(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rules, "HELD_MAX", 1)
    villages = [f"62.03.03.{2000 + number}" for number in range(4)]
    for village in villages:
        await world.a_family(region_code=village)
    phone = await a_phone(client)
    answers = await asyncio.gather(*(phone.lease(village) for village in villages))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    free = "SELECT count(*) AS n FROM entitlements WHERE lease_terminal_id = :t"
    assert (await rows(world, free, t=phone.terminal.id))[0]["n"] == 1


async def test_a_suspended_partner_is_not_told_again_what_it_leased(
    world: World, client: httpx.AsyncClient
):
    partner_id = await a_partner(client, kind="food_point", outside_code="")
    village = "62.03.01.2013"
    await world.a_family(region_code=village)
    phone = await a_phone(client, partner_id)
    lease = await phone.take(village)
    body = {"change_id": str(new_id()), "reason": "Dilaporkan"}
    suspension = f"/v1/partners/{partner_id}/suspension"
    await client.post(suspension, json=body, headers=bearer("administrator"))
    again = await phone.lease(village, id=lease["id"])
    assert again.json()["code"] == "partner_suspended"


async def test_a_lease_travels_packed(world: World, client: httpx.AsyncClient):
    village = "62.03.01.2011"
    await world.a_family(region_code=village)
    phone = await a_phone(client)
    answer = await phone.lease(village)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    assert len(gzip.compress(answer.content)) < len(answer.content)
    UUID(json.loads(answer.content)["families"][0]["household_id"])


@pytest.mark.parametrize("wrong", [{"hours": 0}, {"hours": 169}, {"card_ends": "u!"}])
async def test_a_lease_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, object]
):
    phone = await a_phone(client)
    answer = await phone.lease("62.03.01.2012", **{"hours": 5, **wrong})  # type: ignore[arg-type]
    assert answer.status_code == 422

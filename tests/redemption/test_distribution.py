"""A distribution day: shared out without overlaps, followed by the ledger, closed by two people."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.a_terminal import a_terminal
from tests.redemption.world import FOOD_POINT, NOW, VILLAGE, World, a_benefit, body_of

from common import clock
from common.auth.principal import Principal
from common.card_number import card_number
from common.database import in_transaction
from common.ids import new_id
from common.web.formats import in_wib
from redemption.distribution.close import hash_of, report_of
from redemption.distribution.follow import follow
from redemption.distribution.plan import Plan, plan
from redemption.distribution.queries import find
from redemption.distribution.rules import CARD_ENDS, Share, share_out

CODES = [f"62.71.01.{1000 + number}" for number in range(1, 8)]


@given(
    families=st.dictionaries(st.sampled_from(CODES), st.integers(0, 900), min_size=1),
    terminals=st.integers(1, 24),
)
def test_no_card_falls_to_two_terminals_and_none_falls_to_nobody(
    families: dict[str, int], terminals: int
):
    shares = share_out([UUID(int=number) for number in range(terminals)], families)
    assert len(shares) == terminals
    for place, one in enumerate(shares):
        assert not any(one.overlaps(other) for other in shares[place + 1 :])
    for code in families:
        for end in CARD_ENDS:
            serving = [
                one
                for one in shares
                if code in one.region_codes and (not one.card_ends or end in one.card_ends)
            ]
            assert len(serving) == 1


def test_the_end_of_a_number_is_its_check_character():
    assert {card_number(f"{number:016x}")[-1] for number in range(4000)} <= set(CARD_ENDS)


def test_shares_of_one_village_meet_where_their_ends_do():
    one, two = UUID(int=1), UUID(int=2)
    assert Share(one, ("62.71.01",)).overlaps(Share(two, ("62.71.01.1001",)))
    assert not Share(one, (VILLAGE,), "012").overlaps(Share(two, (VILLAGE,), "345"))
    assert Share(one, (VILLAGE,), "012").overlaps(Share(two, (VILLAGE,)))


def a_supervisor(**options: Any) -> dict[str, str]:
    return bearer("supervisor", regions=("62",), **options)


def an_admin(**options: Any) -> dict[str, str]:
    return bearer("partner_admin", partner_id=FOOD_POINT, regions=(), **options)


async def planned(
    client: httpx.AsyncClient, village: str, terminals: int = 1
) -> tuple[UUID, list[Any]]:
    """A day of today with terminals of the food point, opened."""
    made = [await a_terminal(client, FOOD_POINT) for _ in range(terminals)]
    day = {
        "id": str(new_id()),
        "partner": str(FOOD_POINT),
        "district": village[:8],
        "name": "Balai desa",
        "place": "Jalan desa 1",
        "held_on": in_wib(clock.utc_now()).date().isoformat(),
        "villages": [village],
        "terminals": [str(one.id) for one in made],
    }
    answer = await client.post("/distributions/new", data=day, headers=a_supervisor())
    assert answer.status_code == 303, answer.text
    opened = await client.post(
        f"/distributions/{day['id']}/state", data={"state": "open"}, headers=a_supervisor()
    )
    assert opened.status_code == 303
    return UUID(str(day["id"])), made


async def shown(client: httpx.AsyncClient, day: UUID) -> dict[str, Any]:
    answer = await client.get(f"/v1/distributions/{day}", headers=a_supervisor())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def note(
    client: httpx.AsyncClient, day: UUID, benefit: UUID, kind: str, quantity: int, **more: Any
) -> httpx.Response:
    data = {"id": str(new_id()), "benefit_id": str(benefit), "kind": kind, "quantity": quantity}
    return await client.post(
        f"/distributions/{day}/stock", data={**data, **more}, headers=an_admin()
    )


async def seen_hash(world: World, day: UUID) -> str:
    async with world.engine.connect() as tx:
        found = await find(tx, day)
        assert found is not None
        return found["report_hash"] or hash_of(report_of(await follow(tx, found), ""))


async def signed(
    world: World, client: httpx.AsyncClient, day: UUID, who: dict[str, str], **more: str
) -> httpx.Response:
    data = {"seen_hash": await seen_hash(world, day), **more}
    return await client.post(f"/distributions/{day}/signatures", data=data, headers=who)


async def test_planning_asks_for_the_villages_and_terminals_of_a_district(
    client: httpx.AsyncClient,
):
    terminal = await a_terminal(client, FOOD_POINT)
    asked = {"partner": str(FOOD_POINT), "district": "62.71.02"}
    page = await client.get("/distributions/new", params=asked, headers=a_supervisor())
    assert page.status_code == 200
    assert f'value="{terminal.id}"' in page.text
    assert 'value="62.71.02.1002"' in page.text
    lacking = {"id": str(new_id()), **asked, "name": "Balai desa", "villages": ["62.71.02.1002"]}
    again = await client.post("/distributions/new", data=lacking, headers=a_supervisor())
    assert again.status_code == 422
    assert 'value="Balai desa"' in again.text
    assert "Tandai paling sedikit satu terminal" in again.text


async def test_a_village_is_planned_by_the_families_that_can_be_served(
    world: World, client: httpx.AsyncClient
):
    village = "62.71.02.1007"
    families = [await world.a_family(region_code=village) for _ in range(3)]
    await world.status(families[0][0], "not_active", 2)
    asked = {"partner": str(FOOD_POINT), "district": village[:8]}
    page = await client.get("/distributions/new", params=asked, headers=a_supervisor())
    assert "2 keluarga dengan kartu" in page.text
    assert "3 keluarga dengan kartu" not in page.text


async def test_a_day_is_followed_as_its_terminals_serve(world: World, client: httpx.AsyncClient):
    village = "62.71.02.1002"
    families = [await world.a_family(region_code=village) for _ in range(3)]
    day, (terminal,) = await planned(client, village)
    own = await terminal.get("/v1/terminal/distributions")
    assert [one["id"] for one in own.json()] == [str(day)]
    assert (own.json()[0]["region_codes"], own.json()[0]["card_ends"]) == ([village], "")
    for card, approved in families[:2]:
        given_ = await terminal.post("/v1/redemptions", body_of(card, approved))
        assert given_.status_code == 201, given_.text
    found = await shown(client, day)
    assert sum(one["expected"] for one in found["benefits"]) == 3
    assert sum(one["served"] for one in found["benefits"]) == 2
    assert sum(one["left"] for one in found["benefits"]) == 1
    assert sum(one["acts"] for one in found["hours"]) == 2
    assert [one["acts"] for one in found["terminals"]] == [2]
    page = await client.get(f"/distributions/{day}", headers=a_supervisor())
    assert "sudah dilayani dari 3" in page.text


async def test_a_day_closes_with_two_signatures_under_numbers_that_add_up(
    world: World, client: httpx.AsyncClient
):
    village = "62.71.02.1003"
    card, approved = await world.a_family(region_code=village)
    benefit = approved.benefits[0].benefit_id
    day, (terminal,) = await planned(client, village)
    assert (await terminal.post("/v1/redemptions", body_of(card, approved))).status_code == 201
    assert (await note(client, day, benefit, "received", 10)).status_code == 303
    assert (await note(client, day, benefit, "returned", 8)).status_code == 303
    # One parcel is neither given nor returned: that is said, or nobody signs.
    refused = await signed(world, client, day, an_admin())
    assert refused.status_code == 422
    first = await signed(world, client, day, an_admin(), explanation="Satu paket basah kena hujan.")
    assert first.status_code == 303, first.text
    assert (await shown(client, day))["state"] == "open"
    assert (await note(client, day, benefit, "damaged", 1)).status_code == 409
    second = await signed(world, client, day, a_supervisor())
    assert second.status_code == 303, second.text
    closed = await shown(client, day)
    assert closed["state"] == "closed"
    assert closed["report"]["counts"][0]["missing"] == 1
    report = await client.get(f"/distributions/{day}/report", headers=an_admin())
    assert closed["report_hash"] in report.text
    assert "Satu paket basah kena hujan." in report.text


async def test_one_person_never_signs_for_both_sides(world: World, client: httpx.AsyncClient):
    village, person = "62.71.02.1004", str(new_id())
    await world.a_family(region_code=village)
    day, _ = await planned(client, village)
    assert (await signed(world, client, day, an_admin(subject=person))).status_code == 303
    again = await signed(world, client, day, a_supervisor(subject=person))
    assert again.status_code == 409
    async with world.engine.connect() as tx:
        with pytest.raises(DBAPIError, match="uq_distribution_signatures_person"):
            await tx.execute(
                text(
                    "INSERT INTO distribution_signatures SELECT distribution_id, 'witness', "
                    "report_hash, signed_by, 'x', now() FROM distribution_signatures "
                    "WHERE distribution_id = :day"
                ),
                {"day": day},
            )


async def test_what_changed_since_it_was_read_is_not_signed(
    world: World, client: httpx.AsyncClient
):
    village = "62.71.02.1005"
    card, approved = await world.a_family(region_code=village)
    day, (terminal,) = await planned(client, village)
    old = await seen_hash(world, day)
    assert (await terminal.post("/v1/redemptions", body_of(card, approved))).status_code == 201
    answer = await client.post(
        f"/distributions/{day}/signatures", data={"seen_hash": old}, headers=an_admin()
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "distribution_report_changed"


async def test_a_slip_of_stock_is_put_right_by_a_line_with_its_reason(
    world: World, client: httpx.AsyncClient
):
    village = "62.71.02.1006"
    _, approved = await world.a_family(a_benefit(), region_code=village)
    benefit = approved.benefits[0].benefit_id
    day, _ = await planned(client, village)
    assert (await note(client, day, benefit, "received", 100)).status_code == 303
    assert (await note(client, day, benefit, "received", -90)).status_code == 422
    corrected = await note(client, day, benefit, "received", -90, note="Salah ketik, sepuluh.")
    assert corrected.status_code == 303
    async with world.engine.connect() as tx:
        found = await find(tx, day)
        assert found is not None
        assert [one.received for one in (await follow(tx, found)).counts] == [10]
        with pytest.raises(DBAPIError, match="append-only"):
            await tx.execute(text("DELETE FROM distribution_stock"))


async def test_a_plan_sent_twice_is_one_day_and_another_under_its_id_is_refused(
    client: httpx.AsyncClient,
):
    terminal = await a_terminal(client, FOOD_POINT)
    form = {
        "id": str(new_id()),
        "partner": str(FOOD_POINT),
        "district": VILLAGE[:8],
        "name": "Pasar",
        "place": "Pasar lama",
        "held_on": (NOW.date() + timedelta(days=3)).isoformat(),
        "villages": [VILLAGE],
        "terminals": [str(terminal.id)],
    }
    who = a_supervisor(subject=str(new_id()))
    for _ in range(2):
        assert (await client.post("/distributions/new", data=form, headers=who)).status_code == 303
    other = await client.post("/distributions/new", data={**form, "name": "Lain"}, headers=who)
    assert other.json()["code"] == "id_reused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"held_on": "2020-01-01"}, "distribution_in_the_past"),
        ({"held_on": "2099-01-01"}, "distribution_too_far"),
        ({"terminals": [str(new_id())]}, "invalid_input"),
        ({"villages": ["62.71.01"]}, "invalid_input"),
        ({"partner": str(new_id())}, "not_found"),
    ],
)
async def test_an_impossible_plan_is_refused_with_words(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str
):
    terminal = await a_terminal(client, FOOD_POINT)
    form = {
        "id": str(new_id()),
        "partner": str(FOOD_POINT),
        "district": VILLAGE[:8],
        "name": "Pasar",
        "place": "Pasar lama",
        "held_on": (NOW.date() + timedelta(days=1)).isoformat(),
        "villages": [VILLAGE],
        "terminals": [str(terminal.id)],
    }
    answer = await client.post(
        "/distributions/new", data={**form, **changes}, headers=a_supervisor()
    )
    assert answer.json()["code"] == code


async def test_other_partners_and_regions_see_nothing_of_a_day(client: httpx.AsyncClient):
    day, _ = await planned(client, "62.71.02.1001")
    stranger = bearer("partner_admin", partner_id=new_id(), regions=())
    assert (await client.get(f"/v1/distributions/{day}", headers=stranger)).status_code == 404
    elsewhere = bearer("supervisor", regions=("62.03",))
    assert (await client.get(f"/v1/distributions/{day}", headers=elsewhere)).status_code == 403
    operator = bearer("partner_operator", partner_id=FOOD_POINT, regions=())
    denied = await client.post(
        f"/distributions/{day}/state", data={"state": "cancelled"}, headers=operator
    )
    assert denied.status_code == 403


async def test_who_is_there_for_some_villages_only_reads_a_day_and_does_nothing_about_it(
    world: World, client: httpx.AsyncClient
):
    terminal = await a_terminal(client, FOOD_POINT)
    far = "62.03.01.1006"
    wanted = Plan(new_id(), FOOD_POINT, "x", "y", NOW.date(), [VILLAGE, far], [terminal.id])
    who = Principal("p", "P", frozenset({"supervisor"}), frozenset(), regions=("62",))
    await in_transaction(world.engine, lambda tx: plan(tx, who, wanted, NOW))
    page, half = f"/distributions/{wanted.id}", bearer("supervisor", regions=("62.03",))
    seen = await client.get(page, headers=half)
    assert seen.status_code == 200
    assert f'action="{page}/' not in seen.text
    said = {"state": "cancelled", "reason": "Hujan lebat sekali"}
    denied = await client.post(f"{page}/state", data=said, headers=half)
    assert denied.json()["code"] == "outside_your_regions"
    opened = await client.post(f"{page}/state", data={"state": "open"}, headers=a_supervisor())
    assert opened.status_code == 303
    for answer in (
        await signed(world, client, wanted.id, half),
        await client.post(
            f"{page}/stock",
            data={"id": str(new_id()), "benefit_id": str(new_id()), "kind": "received",
                  "quantity": 5},
            headers=half,
        ),
    ):  # fmt: skip
        assert answer.json()["code"] == "outside_your_regions"


async def test_of_two_last_signatures_at_once_one_closes_and_none_is_lost(
    world: World, client: httpx.AsyncClient
):
    village = "62.71.02.1001"
    day, _ = await planned(client, village)
    answers = await asyncio.gather(
        *(signed(world, client, day, who) for who in (an_admin(), a_supervisor(), a_supervisor()))
    )
    assert sorted(one.status_code for one in answers) == [303, 303, 409]
    assert (await shown(client, day))["state"] == "closed"


async def test_nothing_is_signed_before_a_day_is_open(world: World, client: httpx.AsyncClient):
    terminal = await a_terminal(client, FOOD_POINT)
    wanted = Plan(
        new_id(), FOOD_POINT, "x", "y", NOW.date() + timedelta(days=2), [VILLAGE], [terminal.id]
    )
    who = Principal("p", "P", frozenset({"supervisor"}), frozenset(), regions=("62",))
    await in_transaction(world.engine, lambda tx: plan(tx, who, wanted, NOW))
    assert (await signed(world, client, wanted.id, an_admin())).status_code == 409

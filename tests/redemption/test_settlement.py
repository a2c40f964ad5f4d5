"""Undoing a redemption, and what a partner is owed."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.world import VILLAGE, World, a_benefit, a_cycle, an_operator, body_of

from common.ids import new_id
from common.web.formats import in_wib
from redemption.settlement.check_ledger import check_ledger
from redemption.settlement.rules import safe_cell

REDEEM = "/v1/redemptions"


@pytest.fixture
async def shop(world: World) -> UUID:
    """A partner of its own, so that its statement has this test's lines only."""
    partner_id = new_id()
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO partners (id, name, kind, address, region_codes, status) "
                "VALUES (:id, 'Toko Uji', 'market', '-', '{62}', 'active')"
            ),
            {"id": partner_id},
        )
    return partner_id


def this_month() -> dict[str, str]:
    today = in_wib(datetime.now(UTC)).date()
    return {"from": str(today - timedelta(days=1)), "to": str(today)}


async def test_another_person_undoes_it_the_same_day_and_the_family_can_collect_again(
    world: World, client: httpx.AsyncClient, shop: UUID
):
    family, approved = await world.a_family()
    first = body_of(family, approved)
    await client.post(REDEEM, json=first, headers=an_operator(shop))
    undo = {"id": str(new_id()), "reason": "Salah keluarga"}
    manager = an_operator(shop, "partner_admin", subject=str(new_id()))
    address = f"{REDEEM}/{first['id']}/reversals"
    undone = await client.post(address, json=undo, headers=manager)
    assert undone.status_code == 201, undone.text
    repeat = await client.post(address, json=undo, headers=manager)
    assert (repeat.status_code, repeat.json()) == (201, undone.json())
    other_reason = {**undo, "reason": "Alasan lain"}
    reused = await client.post(address, json=other_reason, headers=manager)
    assert reused.json()["code"] == "id_reused"
    twice = await client.post(address, json={**undo, "id": str(new_id())}, headers=manager)
    assert twice.json()["code"] == "already_reversed"
    # The first answer stands; the right is back for a new act.
    again = await client.post(REDEEM, json=first, headers=an_operator(shop))
    assert again.json()["id"] == first["id"]
    anew = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator(shop))
    assert anew.status_code == 201
    async with world.engine.connect() as tx:
        told = await tx.execute(
            text("SELECT event_type FROM outbox WHERE strpos(envelope, :e) > 0 ORDER BY position"),
            {"e": anew.json()["entitlement_id"]},
        )
        assert told.scalars().all() == [
            "redemptions.recorded.v1",
            "redemption.reversed.v1",
            "redemptions.recorded.v1",
        ]


async def test_nobody_undoes_an_own_redemption_or_another_partners(
    world: World, client: httpx.AsyncClient, shop: UUID
):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    person = str(new_id())
    own = an_operator(shop, "partner_admin", subject=person)
    await client.post(REDEEM, json=body, headers=own)
    address = f"{REDEEM}/{body['id']}/reversals"
    undo = {"id": str(new_id()), "reason": "Salah keluarga"}
    assert (await client.post(address, json=undo, headers=own)).json()["code"] == "same_person"
    elsewhere = an_operator(role="partner_admin")
    assert (await client.post(address, json=undo, headers=elsewhere)).status_code == 404
    auditor = bearer("auditor")
    assert (await client.post(address, json=undo, headers=auditor)).status_code == 403
    finance = bearer("finance")
    assert (await client.post(address, json=undo, headers=finance)).status_code == 201


async def test_two_people_undoing_at_once_give_back_once(
    world: World, client: httpx.AsyncClient, shop: UUID
):
    family, approved = await world.a_family(a_benefit(quantity=3))
    body = body_of(family, approved)
    await client.post(REDEEM, json=body, headers=an_operator(shop))
    answers = await asyncio.gather(
        *(
            client.post(
                f"{REDEEM}/{body['id']}/reversals",
                json={"id": str(new_id()), "reason": "Salah keluarga"},
                headers=an_operator(shop, "partner_admin"),
            )
            for _ in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    async with world.engine.connect() as tx:
        left = await tx.scalar(
            text("SELECT remaining_quantity FROM entitlements WHERE household_id = :h"),
            {"h": family.household_id},
        )
        assert left == 3
        assert (await check_ledger(tx))[1] == []


async def test_a_statement_adds_up_to_the_ledger_less_what_was_undone(
    world: World, client: httpx.AsyncClient, shop: UUID
):
    amounts = [10_000, 25_000, 7_500]
    balance = a_benefit(kind="balance", name_id="=Saldo", amount_rupiah=100_000)
    family, approved = await world.a_family(balance, a_benefit(), cycle=a_cycle())
    bodies = [body_of(family, approved, amount_rupiah=amount) for amount in amounts]
    bodies.append(body_of(family, approved, 1))
    for body in bodies:
        answer = await client.post(REDEEM, json=body, headers=an_operator(shop))
        assert answer.status_code == 201
    await client.post(
        f"{REDEEM}/{bodies[1]['id']}/reversals",
        json={"id": str(new_id()), "reason": "=cmd|' /C calc'!A0"},
        headers=bearer("finance"),
    )
    manager = an_operator(shop, "partner_admin")
    asked = {"partner": str(shop), **this_month()}
    statement = (await client.get("/v1/statements", params=asked, headers=manager)).json()
    assert statement["totals"] == {
        "given": 4,
        "given_rupiah": 192_500,
        "reversed": 1,
        "reversed_rupiah": 25_000,
        "owed_rupiah": 167_500,
    }
    async with world.engine.connect() as tx:
        ledger = await tx.scalar(
            text(
                "SELECT sum(g.amount_rupiah - e.remaining_rupiah) FROM grants g "
                "JOIN entitlements e USING (household_id, cycle_id, benefit_id) "
                "WHERE household_id = :h"
            ),
            {"h": family.household_id},
        )
    assert ledger == statement["totals"]["owed_rupiah"]

    file = await client.get("/statements.csv", params=asked, headers=manager)
    rows = list(csv.DictReader(io.StringIO(file.text.lstrip("\ufeff")), delimiter=";"))
    assert sum(int(row["rupiah_bersih"]) for row in rows) == 167_500
    assert rows[0]["manfaat"] == "'=Saldo"
    assert rows[1]["alasan_pembatalan"].startswith("'=cmd")


async def test_a_partner_sees_its_own_statement_only(client: httpx.AsyncClient, shop: UUID):
    asked = {"partner": str(shop), **this_month()}
    for address in ("/v1/statements", "/statements.csv", "/statements"):
        other = an_operator(role="partner_admin")
        assert (await client.get(address, params=asked, headers=other)).status_code == 403
        own = an_operator(shop, "partner_admin")
        assert (await client.get(address, params=asked, headers=own)).status_code == 200
    assert (
        await client.get("/v1/statements", params=asked, headers=an_operator(shop))
    ).status_code == 403


async def test_staff_of_a_region_see_the_partners_that_serve_it_and_its_families_lines(
    world: World, client: httpx.AsyncClient, shop: UUID
):
    for village in (VILLAGE, "62.03.01.2001"):
        family, approved = await world.a_family(region_code=village)
        answer = await client.post(
            REDEEM, json=body_of(family, approved), headers=an_operator(shop)
        )
        assert answer.status_code == 201, answer.text
    asked = {"partner": str(shop), **this_month()}

    async def given(*regions: str) -> int:
        staff = bearer("finance", regions=regions)
        answer = await client.get("/v1/statements", params=asked, headers=staff)
        return int(answer.json()["totals"]["given"])

    assert (await given("62"), await given("62.71"), await given("62.03.01", VILLAGE)) == (2, 1, 2)
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE partners SET region_codes = '{62.71.01}', "
                "name = 'Toko ' || CAST(id AS text) WHERE id = :id"
            ),
            {"id": shop},
        )
    for regions, status in ((("62.71",), 200), ((VILLAGE,), 200), (("62.03",), 403), ((), 403)):
        staff = bearer("finance", regions=regions)
        for address in ("/v1/statements", "/statements.csv", "/statements"):
            answer = await client.get(address, params=asked, headers=staff)
            assert answer.status_code == status
            assert status == 200 or answer.json()["code"] == "outside_your_regions"
        for address in ("/partners", "/statements"):
            page = (await client.get(address, headers=staff)).text
            assert (f"Toko {shop}" in page) == (status == 200)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2019-12-31", "2100-01-01"])
async def test_a_day_out_of_reach_is_refused(client: httpx.AsyncClient, shop: UUID, day: str):
    period = {"partner": str(shop), "from": day, "to": day}
    asked = [("/redemptions", {"on": day})]
    asked += [
        (f"{at}statements{end}", period) for at, end in (("/v1/", ""), ("/", ".csv"), ("/", ""))
    ]
    for address, parameters in asked:
        answer = await client.get(address, params=parameters, headers=bearer("finance"))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), address


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-02-01", "2026-01-01", "period_backwards"),
        ("2024-01-01", "2026-01-01", "period_too_long"),
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, first: str, last: str, code: str
):
    asked = {"partner": str(new_id()), "from": first, "to": last}
    answer = await client.get("/v1/statements", params=asked, headers=bearer("finance"))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_becomes_a_formula(start: str):
    assert safe_cell(f"{start}1") == f"'{start}1"
    assert safe_cell("Beras 5 kg") == "Beras 5 kg"


async def test_the_ledger_check_finds_a_balance_that_was_tampered_with(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=5))
    await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    async with world.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []
        # As somebody would who owns the database: its own guard lets nobody else.
        guard = "ALTER TABLE entitlements DISABLE TRIGGER entitlements_follow_the_ledger"
        await tx.execute(text(guard))
        await tx.execute(
            text("UPDATE entitlements SET remaining_quantity = 5 WHERE household_id = :h"),
            {"h": family.household_id},
        )
        _, differences = await check_ledger(tx)
        assert len(differences) == 1
        assert str(family.household_id) in differences[0]
        await tx.rollback()

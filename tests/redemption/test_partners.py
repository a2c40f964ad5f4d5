"""Partners: put forward by one, activated by another, suspended at once, their account sealed."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.a_partner import (
    a_decider,
    a_partner,
    an_administrator,
    decided,
    put_forward,
    terms,
)
from tests.redemption.world import World, a_benefit, an_operator, body_of

from common.ids import new_id
from common.sealed import Sealer
from redemption.partners import seed
from redemption.partners.accounts import accounts_of

NUMBER = "8812 3456 7890"


async def shown(client: httpx.AsyncClient, partner_id: UUID | str) -> dict[str, Any]:
    answer = await client.get(f"/v1/partners/{partner_id}", headers=an_administrator())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def suspend(client: httpx.AsyncClient, partner_id: UUID) -> httpx.Response:
    body = {"change_id": str(new_id()), "reason": "Dilaporkan menjual paket"}
    return await client.post(
        f"/v1/partners/{partner_id}/suspension", json=body, headers=an_administrator()
    )


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


# ------------------------------------------------------------------------------ two people


async def test_a_partner_serves_only_after_a_second_person_has_activated_it(
    client: httpx.AsyncClient, world: World
):
    family, approved = await world.a_family(a_benefit(partner_kinds=("school",)))
    partner = await put_forward(client)
    operator = an_operator(UUID(partner["id"]))
    body = body_of(family, approved)
    before = await client.post("/v1/redemptions", json=body, headers=operator)
    assert code_of(before) == "partner_proposed"
    assert (await decided(client, partner)).status_code == 200
    after = await client.post("/v1/redemptions", json=body, headers=operator)
    assert after.status_code == 201
    assert (await shown(client, partner["id"]))["status"] == "active"


async def test_whoever_put_a_partner_forward_cannot_activate_it(client: httpx.AsyncClient):
    both = bearer("administrator", "finance", subject=str(new_id()))
    partner = await put_forward(client, by=both)
    assert code_of(await decided(client, partner, by=both)) == "approved_by_the_same_person"
    assert (await shown(client, partner["id"]))["status"] == "proposed"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE partners SET status = 'active' WHERE id = :id", "serves_once_activated"),
        (
            "UPDATE partners SET status = 'active', activated_by = proposed_by WHERE id = :id",
            "activated_by_another",
        ),
        (
            "UPDATE partner_changes SET outcome = 'approved', decided_by = proposed_by, "
            "decided_by_name = 'x', decided_at = now() WHERE partner_id = :id",
            "approved_by_another",
        ),
        (
            "UPDATE partner_changes SET outcome = 'at_once', decided_by = proposed_by, "
            "decided_by_name = 'x', decided_at = now() WHERE partner_id = :id",
            "at_once_only_some",
        ),
    ],
)
async def test_the_database_knows_that_it_takes_two(
    client: httpx.AsyncClient, world: World, statement: str, constraint: str
):
    partner = await put_forward(client)
    async with world.engine.connect() as tx:
        with pytest.raises(DBAPIError, match=constraint):
            await tx.execute(text(statement), {"id": UUID(partner["id"])})


async def test_a_decision_can_be_neither_changed_nor_deleted(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    for statement in (
        "UPDATE partner_changes SET reason = 'x' WHERE partner_id = :id",
        "DELETE FROM partner_changes WHERE partner_id = :id",
    ):
        async with world.engine.connect() as tx:
            with pytest.raises(DBAPIError, match="append-only"):
                await tx.execute(text(statement), {"id": partner_id})


async def test_two_deciders_at_the_same_moment_decide_once(client: httpx.AsyncClient):
    partner = await put_forward(client)
    answers = await asyncio.gather(*(decided(client, partner) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_correcting_a_partner_that_waits_makes_the_corrector_its_proposer(
    client: httpx.AsyncClient,
):
    partner = await put_forward(client)
    corrector = bearer("administrator", "finance", subject=str(new_id()))
    body = {
        "change_id": str(new_id()),
        "version": partner["version"],
        "terms": terms(outside_code="30200043"),
        "reason": "NPSN salah ketik",
    }
    own = f"/v1/partners/{partner['id']}/terms"
    changed = (await client.put(own, json=body, headers=corrector)).json()
    assert [one["kind"] for one in changed["waiting"]] == ["onboard"]
    assert code_of(await decided(client, changed, by=corrector)) == "approved_by_the_same_person"
    assert (await decided(client, changed)).status_code == 200
    assert (await shown(client, partner["id"]))["terms"]["outside_code"] == "30200043"


async def test_regions_wait_for_a_second_person_and_hours_do_not(client: httpx.AsyncClient):
    partner_id = await a_partner(client)
    before = await shown(client, partner_id)
    own = f"/v1/partners/{partner_id}/terms"
    hours = [{"weekday": 6, "opens_at": "08:00", "closes_at": "11:00"}]

    def wish(version: int, **changes: Any) -> dict[str, Any]:
        agreed = terms(**changes)
        return {"change_id": str(new_id()), "version": version, "terms": agreed,
                "reason": "Perubahan uji"}  # fmt: skip

    waits = wish(before["version"], region_codes=["62.02"])
    asked = (await client.put(own, json=waits, headers=an_administrator())).json()
    assert asked["terms"]["region_codes"] == ["62"]
    at_once = wish(asked["version"], hours=hours)
    done = (await client.put(own, json=at_once, headers=an_administrator())).json()
    assert [one["weekday"] for one in done["terms"]["hours"]] == [6]
    assert (await decided(client, done)).status_code == 200
    after = await shown(client, partner_id)
    assert after["terms"]["region_codes"] == ["62.02"]
    # What held at once in between was not undone by the older wish.
    assert [one["weekday"] for one in after["terms"]["hours"]] == [6]
    stale = await client.put(own, json=wish(before["version"]), headers=an_administrator())
    assert code_of(stale) == "changed_meanwhile"


async def test_a_repeat_gets_the_first_answer_and_other_content_is_refused(
    client: httpx.AsyncClient,
):
    body = {"id": str(new_id()), "change_id": str(new_id()), "terms": terms()}
    admin = an_administrator()
    answers = [await client.post("/v1/partners", json=body, headers=admin) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    other = {**body, "terms": terms(name="Sekolah Lain")}
    assert code_of(await client.post("/v1/partners", json=other, headers=admin)) == "id_reused"


async def test_nobody_manages_a_partner_outside_the_own_regions(client: httpx.AsyncClient):
    regency = bearer("administrator", regions=("62.02",))
    body = {"id": str(new_id()), "change_id": str(new_id()), "terms": terms()}
    refused = await client.post("/v1/partners", json=body, headers=regency)
    assert code_of(refused) == "outside_your_regions"
    partner = await put_forward(client, region_codes=["62.03"])
    decision = await decided(client, partner, by=a_decider(regions=("62.02",)))
    assert code_of(decision) == "outside_your_regions"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outside_code": "1234"}, "npsn_malformed"),
        ({"kind": "clinic", "outside_code": "klinik"}, "clinic_code_malformed"),
        ({"kind": "university", "outside_code": "30200042"}, "university_code_malformed"),
        ({"region_codes": ["62.99"]}, "partner_regions_unknown"),
        ({"benefit_codes": ["pangan beras"]}, "benefit_code_malformed"),
        ({"contract_until": "2025-12-31"}, "contract_backwards"),
        ({"hours": [{"weekday": 1, "opens_at": "15:00", "closes_at": "07:00"}]}, "hours_backwards"),
    ],
)
async def test_what_is_wrong_with_a_partner_is_said_in_words(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str
):
    body = {"id": str(new_id()), "change_id": str(new_id()), "terms": terms(**changes)}
    refused = await client.post("/v1/partners", json=body, headers=an_administrator())
    assert (refused.status_code, code_of(refused)) == (422, code)
    assert refused.json()["messages"]["id"]["action"]


@pytest.mark.parametrize("code", ["0114A026", "P6206010101", "6201234"])
async def test_clinics_are_known_by_a_code_of_bpjs_or_kemenkes(
    client: httpx.AsyncClient, code: str
):
    await put_forward(client, kind="clinic", outside_code=code)


# -------------------------------------------------------------------- what it may give, and when


async def test_outside_its_contract_a_partner_gives_nothing(
    client: httpx.AsyncClient, world: World
):
    family, approved = await world.a_family(a_benefit(partner_kinds=("school",)))
    today = date.today()  # noqa: DTZ011 - far enough from midnight anywhere
    for days in (
        {"contract_until": str(today - timedelta(days=2))},
        {"contract_from": str(today + timedelta(days=2))},
    ):
        partner_id = await a_partner(client, **days)
        refused = await client.post(
            "/v1/redemptions", json=body_of(family, approved), headers=an_operator(partner_id)
        )
        assert code_of(refused) == "partner_contract_over"


async def test_a_partner_gives_only_what_its_contract_names(
    client: httpx.AsyncClient, world: World
):
    family, approved = await world.a_family(a_benefit(partner_kinds=("school",), code="BERAS"))
    for codes, status in ((["SEKOLAH"], 409), (["PANGAN/GULA"], 409), (["PANGAN/BERAS"], 201)):
        partner_id = await a_partner(client, benefit_codes=codes)
        answer = await client.post(
            "/v1/redemptions", json=body_of(family, approved), headers=an_operator(partner_id)
        )
        assert answer.status_code == status, codes
        if status == 409:
            assert code_of(answer) == "not_in_partner_contract"


# ------------------------------------------------------------------------------- suspension


async def test_a_suspension_holds_from_its_commit_on_while_requests_run(
    client: httpx.AsyncClient, world: World
):
    benefit = a_benefit(partner_kinds=("school",), quantity=40)
    family, approved = await world.a_family(benefit)
    partner_id = await a_partner(client)
    operator, is_suspended = an_operator(partner_id), False
    after: list[str] = []

    async def act() -> int:
        began_after = is_suspended
        body = body_of(family, approved)
        answer = await client.post("/v1/redemptions", json=body, headers=operator)
        if began_after:
            after.append(code_of(answer))
        return answer.status_code

    async def stop() -> None:
        nonlocal is_suspended
        assert (await suspend(client, partner_id)).status_code == 200
        is_suspended = True

    running = [asyncio.create_task(act()) for _ in range(8)]
    await asyncio.gather(stop(), *running)
    await asyncio.gather(*(act() for _ in range(8)))
    assert after == ["partner_suspended"] * 8
    async with world.engine.connect() as tx:
        counted = "SELECT count(*) FROM redemptions WHERE partner_id = :id"
        written = await tx.scalar(text(counted), {"id": partner_id})
    assert written == sum(task.result() == 201 for task in running)


async def test_a_suspension_ends_by_two_people(client: httpx.AsyncClient):
    partner_id = await a_partner(client)
    assert (await suspend(client, partner_id)).json()["status"] == "suspended"
    both = bearer("administrator", "finance", subject=str(new_id()))
    body = {"change_id": str(new_id()), "reason": "Sudah diperiksa, tidak terbukti"}
    own = f"/v1/partners/{partner_id}/suspension/end"
    asked = (await client.post(own, json=body, headers=both)).json()
    assert asked["status"] == "suspended"
    assert code_of(await decided(client, asked, by=both)) == "approved_by_the_same_person"
    assert (await decided(client, asked)).status_code == 200
    assert (await shown(client, partner_id))["status"] == "active"


# ---------------------------------------------------------------------------------- account


async def test_an_account_counts_after_a_second_person_has_typed_it_again(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    body = {
        "change_id": str(new_id()),
        "bank": "Bank Kalteng",
        "holder": "Smp Negeri Uji 3",
        "number": NUMBER,
        "reason": "Rekening pertama",
    }
    own = f"/v1/partners/{partner_id}/account"
    asked = (await client.put(own, json=body, headers=an_administrator())).json()
    assert asked["account_masked"] is None
    assert code_of(await decided(client, asked, account_number="881234567891")) == "account_differs"
    assert (await decided(client, asked, account_number=NUMBER)).status_code == 200
    after = await shown(client, partner_id)
    assert after["account_masked"] == "••••••••7890"
    sealer = Sealer(world.settings.sealing_key.get_secret_value())
    async with world.engine.connect() as tx:
        found = await accounts_of(tx, sealer, [partner_id])
    assert found[partner_id].number == "881234567890"
    assert "881234567890" not in repr(found)


async def test_an_account_is_in_no_log_no_audit_entry_and_no_row_that_is_not_sealed(
    client: httpx.AsyncClient, world: World, capfd: pytest.CaptureFixture[str]
):
    partner_id = await a_partner(client)
    number = "771199553311"
    body = {
        "change_id": str(new_id()),
        "bank": "Bank Kalteng",
        "holder": "PEMILIK RAHASIA",
        "number": number,
        "reason": "Rekening pertama",
    }
    own = f"/v1/partners/{partner_id}/account"
    answers = [await client.put(own, json=body, headers=an_administrator())]
    answers.append(await decided(client, answers[0].json(), account_number=number))
    wrong = {**body, "change_id": str(new_id()), "number": f"{number}x"}
    answers.append(await client.put(own, json=wrong, headers=an_administrator()))
    rows = []
    async with world.engine.connect() as tx:
        for table in ("partners", "partner_changes", "audit_log", "outbox"):
            found = await tx.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))  # noqa: S608
            rows += [str(row[0]) for row in found]
    captured = capfd.readouterr()
    told = [answer.text for answer in answers]
    assert answers[2].status_code == 422
    for secret in (number, "PEMILIK RAHASIA"):
        assert not [row for row in rows if secret in row]
        assert secret not in captured.out + captured.err
        assert not [one for one in told if secret in one]


# ------------------------------------------------------------------------------------- others


async def test_a_partner_sees_itself_and_no_other(client: httpx.AsyncClient):
    own, other = await a_partner(client), await a_partner(client)
    person = bearer("partner_admin", partner_id=own, regions=())
    assert (await client.get(f"/v1/partners/{own}", headers=person)).status_code == 200
    assert (await client.get(f"/v1/partners/{other}", headers=person)).status_code == 404
    assert [one["id"] for one in (await client.get("/v1/partners", headers=person)).json()] == [
        str(own)
    ]


async def test_who_works_for_a_partner_is_written_down_as_seen(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    person = an_operator(partner_id, subject="an-account", name="Budi Petugas")
    await client.get("/v1/redemptions/" + str(new_id()), headers=person)
    async with world.engine.connect() as tx:
        found = await tx.execute(
            text("SELECT subject, name, role FROM partner_operators WHERE partner_id = :id"),
            {"id": partner_id},
        )
        assert [tuple(row) for row in found] == [("an-account", "Budi Petugas", "partner_operator")]


async def test_the_demonstration_is_seeded_once_and_upgrades_what_was_there(world: World):
    sealer = Sealer(world.settings.sealing_key.get_secret_value())
    ids = {"ids": [one.id for one in seed.EXAMPLES]}
    state = text("SELECT row_to_json(p)::text FROM partners p WHERE id = ANY(:ids) ORDER BY id")
    async with world.engine.connect() as tx:
        # As partners were before there were contracts.
        await tx.execute(text("DELETE FROM partner_hours WHERE partner_id = ANY(:ids)"), ids)
        await tx.execute(
            text(
                "UPDATE partners SET contract_from = NULL, contract_until = NULL, "
                "proposed_by = NULL, activated_by = NULL, version = 1 WHERE id = ANY(:ids)"
            ),
            ids,
        )
        await seed.seed_demo(tx, sealer)
        first = list(await tx.scalars(state, ids))
        await seed.seed_demo(tx, sealer)
        assert list(await tx.scalars(state, ids)) == first
        accounts = await accounts_of(tx, sealer, ids["ids"])
        await tx.rollback()
    assert len(accounts) == len(first) == len(seed.EXAMPLES)
    for one in map(json.loads, first):
        assert (one["status"], one["activated_by"]) == ("active", seed.DECIDER)
        assert one["contract_until"] > str(date.today())  # noqa: DTZ011

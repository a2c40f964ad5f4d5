"""Once, and only once: rivals, repeats, and commits that fail."""

import asyncio
from collections import Counter

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.redemption.world import World, a_benefit, an_operator, body_of

from redemption.settlement.check_ledger import check_ledger

REDEEM = "/v1/redemptions"
RIVALS = 200


async def count(tx: AsyncConnection, sql: str, **parameters: object) -> int:
    return int(await tx.scalar(text(sql), parameters) or 0)


async def test_of_200_rivals_for_one_right_exactly_one_succeeds(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    headers = an_operator()
    answers = await asyncio.gather(
        *(
            client.post(REDEEM, json=body_of(family, approved), headers=headers)
            for _ in range(RIVALS)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: RIVALS - 1}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_redeemed"}
    async with world.engine.connect() as tx:
        lines = "SELECT count(*) FROM redemptions WHERE household_id = :h"
        assert await count(tx, lines, h=family.household_id) == 1
        _, differences = await check_ledger(tx)
        assert differences == []


async def test_the_same_id_200_times_has_one_effect_and_equal_answers(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=RIVALS))
    headers = an_operator()
    body = body_of(family, approved)
    answers = await asyncio.gather(
        *(client.post(REDEEM, json=body, headers=headers) for _ in range(RIVALS))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    async with world.engine.connect() as tx:
        assert await count(tx, "SELECT count(*) FROM redemptions WHERE id = :i", i=body["id"]) == 1
        told = "SELECT count(*) FROM outbox WHERE strpos(envelope, :i) > 0"
        assert await count(tx, told, i=body["id"]) == 1


async def test_one_id_raced_for_two_families_serves_one_of_them(
    world: World, client: httpx.AsyncClient
):
    pairs = [await world.a_family(a_benefit(quantity=9)) for _ in range(8)]
    headers = an_operator()
    first = body_of(*pairs[0])
    bodies = [body_of(*pair, id=first["id"]) for pair in pairs]
    answers = await asyncio.gather(
        *(client.post(REDEEM, json=body, headers=headers) for body in bodies * 5)
    )
    assert {a.json()["code"] for a in answers if a.status_code != 201} == {"id_reused"}
    async with world.engine.connect() as tx:
        assert await count(tx, "SELECT count(*) FROM redemptions WHERE id = :i", i=first["id"]) == 1


async def test_mixed_amounts_never_go_below_zero_and_equal_the_ledger(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(kind="balance", amount_rupiah=1_000))
    headers = an_operator()
    answers = await asyncio.gather(
        *(
            client.post(
                REDEEM,
                json=body_of(family, approved, amount_rupiah=1 + number * 37 % 90),
                headers=headers,
            )
            for number in range(100)
        )
    )
    spent = sum(a.json()["amount_rupiah"] for a in answers if a.status_code == 201)
    async with world.engine.connect() as tx:
        left = "SELECT remaining_rupiah FROM entitlements WHERE household_id = :h"
        remaining = await count(tx, left, h=family.household_id)
        _, differences = await check_ledger(tx)
    assert (remaining, differences) == (1_000 - spent, [])
    assert remaining >= 0


@pytest.fixture
async def commits_fail(world: World):
    """The database refuses at COMMIT, after every statement has succeeded."""
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "BEGIN RAISE EXCEPTION 'the commit fails' USING ERRCODE = '23514'; END $$"
            )
        )
        await tx.execute(
            text(
                "CREATE CONSTRAINT TRIGGER commit_fails AFTER INSERT ON redemptions "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()"
            )
        )
    yield
    async with world.engine.begin() as tx:
        await tx.execute(text("DROP TRIGGER commit_fails ON redemptions"))


@pytest.mark.usefixtures("commits_fail")
async def test_a_commit_that_fails_is_an_error_and_never_a_success(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    answer = await client.post(REDEEM, json=body_of(family, approved), headers=an_operator())
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    async with world.engine.connect() as tx:
        left = "SELECT remaining_quantity FROM entitlements WHERE household_id = :h"
        assert await count(tx, left, h=family.household_id) == 1

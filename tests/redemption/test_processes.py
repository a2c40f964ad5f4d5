"""Three processes of the service over one database: once is once, whoever is asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.clients import token
from tests.faults.processes import Api, environment, issuer
from tests.redemption.several_processes import Counters
from tests.redemption.world import FOOD_POINT, Issuer, World, a_benefit, body_of, left, settings

from common.database import in_transaction, new_engine
from redemption.partners import seed
from redemption.settlement.check_ledger import check_ledger

PROCESSES = 3
RIVALS, ROUNDS = 200, 3
MIXED = 500


@pytest.fixture(scope="module")
async def shop(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    own = settings(new_database("redemption"))
    engine = new_engine(own.database_url, application_name="tests", pool_size=3)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, own, Issuer())
    await world.tell(world.issuer.published())
    yield world
    await engine.dispose()


@pytest.fixture(scope="module")
def counters(shop: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    # A process ends with the thread that started it: these threads stay until the end.
    with issuer() as issuer_url, ThreadPoolExecutor() as pool:
        told = environment(shop.settings.database_url, "amqp://127.0.0.1:1/", issuer_url)
        apis = [Api(_folder(tmp_path_factory), told) for _ in range(PROCESSES)]
        list(pool.map(Api.start, apis))
        bearer = token("partner_operator", partner_id=FOOD_POINT, regions=(), iss=issuer_url)
        yield Counters(apis, bearer)
        for api in apis:
            api.stop()


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("api")


async def test_of_200_rivals_at_three_processes_one_succeeds_in_every_round(
    shop: World, counters: Counters
):
    async with counters.open() as send:
        for _ in range(ROUNDS):
            pair = await shop.a_family()
            answers = await send([body_of(*pair) for _ in range(RIVALS)])
            assert Counter(one.status_code for one in answers) == {201: 1, 409: RIVALS - 1}
            refused = {one.json()["code"] for one in answers if one.status_code == 409}
            assert refused == {"already_redeemed"}
            assert await left(shop, pair[0].household_id) == [(0, 0)]


async def test_a_quota_of_five_and_500_mixed_amounts_end_at_what_the_ledger_says(
    shop: World, counters: Counters
):
    parcels, its = await shop.a_family(a_benefit(quantity=5))
    money, rupiah = await shop.a_family(a_benefit(kind="balance", amount_rupiah=5_000))
    bodies = [
        body_of(parcels, its, quantity=1 + number % 3)
        if number % 2
        else body_of(money, rupiah, amount_rupiah=1 + number * 37 % 90)
        for number in range(MIXED)
    ]
    async with counters.open() as send:
        answers = await send(bodies)
    given = [one.json() for one in answers if one.status_code == 201]
    parcels_given = sum(one["quantity"] for one in given)
    spent = sum(one["amount_rupiah"] for one in given if not one["quantity"])
    assert {one.status_code for one in answers} == {201, 409}
    assert 0 < parcels_given <= 5
    assert await left(shop, parcels.household_id) == [
        (5 - parcels_given, 150_000 * (5 - parcels_given))
    ]
    assert await left(shop, money.household_id) == [(0, 5_000 - spent)]
    async with shop.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []


async def test_one_id_at_three_processes_has_one_effect_and_equal_answers(
    shop: World, counters: Counters
):
    pair = await shop.a_family(a_benefit(quantity=60))
    body = body_of(*pair)
    async with counters.open() as send:
        answers = await send([body] * 60)
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert await left(shop, pair[0].household_id) == [(59, 59 * 150_000)]


async def test_a_process_that_is_killed_in_the_middle_of_a_batch_leaves_each_act_whole(
    shop: World, counters: Counters
):
    pairs = [await shop.a_family() for _ in range(60)]
    bodies = [body_of(*pair) for pair in pairs]
    victim = counters.apis[-1]
    alone = Counters([victim], counters.bearer)
    async with alone.open() as send:
        under_way = asyncio.gather(*(send([body]) for body in bodies), return_exceptions=True)
        async with asyncio.timeout(60):
            while not await _written(shop, pairs):
                pass
        victim.kill()
        found = await under_way
    victim.start()
    acknowledged = {
        one[0].json()["id"] for one in found if isinstance(one, list) and one[0].status_code == 201
    }
    async with counters.open() as send:
        answers = await send(bodies)
    assert {one.status_code for one in answers} == {201}
    assert acknowledged <= {one.json()["id"] for one in answers}
    assert await _written(shop, pairs) == len(pairs)
    async with shop.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []
        told = "SELECT count(*) FROM outbox WHERE strpos(envelope, :i) > 0"
        counts = [await tx.scalar(text(told), {"i": body["id"]}) for body in bodies]
    assert set(counts) == {1}


async def _written(shop: World, pairs: list[Any]) -> int:
    async with shop.engine.connect() as tx:
        sql = "SELECT count(*) FROM redemptions WHERE household_id = ANY(:h)"
        found = await tx.scalar(text(sql), {"h": [card.household_id for card, _ in pairs]})
        return int(found or 0)

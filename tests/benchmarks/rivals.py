"""A hundred rounds of 200 rivals for one right at three processes: how many had one winner each.

The suite runs three such rounds; this is the whole, and the ledger is compared after each.
"""

import asyncio
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import servers
from tests.benchmarks import Report
from tests.clients import token
from tests.faults.processes import Api, environment, issuer
from tests.redemption.several_processes import Counters
from tests.redemption.world import FOOD_POINT, Issuer, World, body_of, left, settings

from common.database import in_transaction, new_engine
from redemption.partners import seed
from redemption.settlement.check_ledger import check_ledger

ROUNDS, RIVALS, PROCESSES = 100, 200, 3


def measure(report: Report) -> None:
    """Count the rounds with exactly one success, 199 refusals and a ledger that agrees."""
    with (
        tempfile.TemporaryDirectory(prefix="khbs-rivals-") as folder,
        servers.postgres(durable=True) as postgres,
        issuer() as issuer_url,
        ThreadPoolExecutor() as pool,
    ):
        url = postgres.database("redemption")
        told = environment(url, "amqp://127.0.0.1:1/", issuer_url)
        homes = [Path(folder) / str(number) for number in range(PROCESSES)]
        for home in homes:
            home.mkdir()
        apis = [Api(home, told) for home in homes]
        list(pool.map(Api.start, apis))
        bearer = token("partner_operator", partner_id=FOOD_POINT, regions=(), iss=issuer_url)
        try:
            right = asyncio.run(_rounds(url, Counters(apis, bearer)))
        finally:
            for api in apis:
                api.stop()
    report.figures["rivals_rounds_with_one_winner"] = right
    report.sizes["rivals"] = {"rounds": ROUNDS, "rivals": RIVALS, "processes": PROCESSES}


async def _rounds(url: str, counters: Counters) -> int:
    engine = new_engine(url, application_name="rivals", pool_size=2)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, settings(url), Issuer())
    await world.tell(world.issuer.published())
    right = 0
    async with counters.open() as send:
        for _ in range(ROUNDS):
            pair = await world.a_family()
            answers = await send([body_of(*pair) for _ in range(RIVALS)])
            statuses = Counter(one.status_code for one in answers)
            async with engine.connect() as tx:
                _, differences = await check_ledger(tx)
            is_right = statuses == {201: 1, 409: RIVALS - 1} and not differences
            right += is_right and await left(world, pair[0].household_id) == [(0, 0)]
    await engine.dispose()
    return right

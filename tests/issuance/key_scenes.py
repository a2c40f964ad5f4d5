"""Keys as a site has them: made by one, published in time, activated by another."""

from datetime import datetime, timedelta
from typing import Any

from tests.issuance.builders import Desk

from common import clock
from common.cose import Algorithm
from issuance.signing.activate_key import activate_key
from issuance.signing.change_key import operator
from issuance.signing.create_key import KeyPlan, create_key
from issuance.signing.make_pair import Maker
from issuance.signing.publish_key import publish_key

MAKER, CHECKER = "Budi Santoso", "Rini Astuti"
LONG_AGO = timedelta(days=31)


async def planned(
    desk: Desk,
    *,
    region_code: str = "62",
    algorithm: Algorithm = "Ed25519",
    starts_at: datetime | None = None,
    device_uri: str = "",
) -> str:
    plan = KeyPlan(starts_at or clock.utc_now(), 5, region_code, algorithm)
    made = Maker(desk.settings, device_uri).make(algorithm, "khbs test")
    return str(await desk.do(lambda tx: create_key(tx, plan, made, operator(MAKER))))


async def published(desk: Desk, *, ago: timedelta = LONG_AGO, **plan: Any) -> str:
    kid = await planned(desk, **plan)
    at = clock.utc_now() - ago
    await desk.do(lambda tx: publish_key(tx, kid, operator(MAKER), at))
    return kid


async def active(desk: Desk, **plan: Any) -> str:
    kid = await published(desk, **plan)
    await desk.do(lambda tx: activate_key(tx, kid, operator(CHECKER), clock.utc_now()))
    return kid

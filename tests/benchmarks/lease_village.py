"""A lease for a village of 300 families: how large it is on the wire, and how long it takes.

Each family has three rights. The terminal asks over HTTP and signs; it
gives every lease back, so that each round sets the same rights aside again.
"""

import asyncio
import hashlib
import http.client
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text
from tests import servers
from tests.benchmarks import Report
from tests.benchmarks.sync_vs_pgbench import ENROL, Device, values_of
from tests.faults.processes import Api, environment, issuer
from tests.redemption.world import (
    VILLAGE,
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    a_list,
    enrolments,
    settings,
)

from common.database import in_transaction, new_engine
from common.ids import new_id
from redemption.partners import seed

FAMILIES = 300
ROUNDS = 5
TOKEN = "bench-operator-bench-operator-bench-operator"[:43]
ANSWER_WITHIN_S = 30


def measure(report: Report) -> None:
    """Measure lease_village_kb and lease_village_s."""
    with (
        tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder,
        servers.postgres(durable=True) as postgres,
        issuer() as issuer_url,
    ):
        url = postgres.database("redemption")
        took = _measure(Path(folder), url, issuer_url)
    report.figures["lease_village_kb"] = round(max(size for _, size in took) / 1000, 1)
    report.figures["lease_village_s"] = round(median(seconds for seconds, _ in took), 3)
    report.sizes["lease_village"] = {"families": FAMILIES, "rights": 3 * FAMILIES}


def _measure(folder: Path, url: str, issuer_url: str) -> list[tuple[float, int]]:
    device = Device(0)
    asyncio.run(_settled(url, device))
    api = Api(folder, environment(url, "amqp://127.0.0.1:1/", issuer_url))
    api.start()
    try:
        took = []
        for _ in range(ROUNDS):
            lease = {"id": str(new_id()), "region_codes": [VILLAGE], "hours": 12}
            began = time.perf_counter()
            status, body, headers = _post(api.port, device, "/v1/leases", lease)
            elapsed = time.perf_counter() - began
            if status != 201 or headers.get("content-encoding") != "gzip":
                raise RuntimeError(f"no lease: {status} {body[:300]!r}")
            took.append((elapsed, len(body)))
            _post(api.port, device, f"/v1/leases/{lease['id']}/return", {})
        return took
    finally:
        api.stop()


def _post(port: int, device: Device, path: str, said: Any) -> tuple[int, bytes, dict[str, str]]:
    _, body, headers = device.request(path, json.dumps(said).encode(), operator=TOKEN)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)
    connection.request("POST", path, body, {**headers, "accept-encoding": "gzip"})
    answer = connection.getresponse()
    got = (answer.status, answer.read(), {name.lower(): one for name, one in answer.getheaders()})
    connection.close()
    return got


async def _settled(url: str, device: Device) -> None:
    engine = new_engine(url, application_name="bench", pool_size=1, statement_timeout_s=120)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, settings(url), Issuer())
    await world.tell(world.issuer.published())
    benefits = [a_benefit(code=f"B{n}", name_id=f"Paket pangan {n}") for n in range(3)]
    approved = a_list(a_cycle(), benefits)
    families = [Card(world.issuer) for _ in range(FAMILIES)]
    await world.waiting_cards(*families, counts_at_once=True)
    await world.tell(approved)
    await world.tell(enrolments(approved, [one.household_id for one in families]))
    async with engine.begin() as tx:
        for statement in (*ENROL[:3], _SIGN_IN):
            known = values_of(device) | {"hash": hashlib.sha256(TOKEN.encode()).digest()}
            asked = {name: one for name, one in known.items() if f":{name}" in statement}
            await tx.execute(text(statement), asked)
        await tx.execute(text("ANALYZE"))
    await engine.dispose()


_SIGN_IN = (
    "INSERT INTO terminal_sessions (token_hash, terminal_id, operator_id, subject, began_at, "
    "expires_at) VALUES (:hash, :id, :operator, 'orang-uji', :now, :until)"
)

"""A redemption over HTTP, against an empty endpoint of the same app and against its bare SQL.

One uvicorn process (uvloop, httptools), a load generator in another process, PostgreSQL that
flushes every commit. Every request is signed by one of sixteen enrolled terminals (P-256) and shows
another card (Ed25519). The three are measured in turn, round after round, so that a machine that
is busy for a while is busy for all of them; once with few clients and once with many.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from tests import servers
from tests.benchmarks import Report, pgbench
from tests.benchmarks.app import NOOP
from tests.benchmarks.province import card, settle
from tests.clients import serving, token
from tests.faults.processes import Api, environment, issuer
from tests.redemption.a_terminal import Terminal, a_terminal
from tests.redemption.world import FOOD_POINT, Issuer, World, body_of, settings

from common.database import in_transaction, new_engine
from common.events import BeneficiaryListApprovedV1
from redemption.app import create_app
from redemption.partners import seed

CLIENTS = 16
MANY_CLIENTS = 64
TERMINALS = 16
ROUNDS = 5
WARM_UP_S = 2
NOOP_S = 2
REDEEM_S = 4
PGBENCH_S = 3
GRACE_S = 20
# More than any machine gets through, so that no round runs out of families.
HTTP_FAMILIES_A_ROUND = 8_000
PGBENCH_FAMILIES = 40_000


@dataclass
class Rounds:
    noop: list[dict[str, Any]] = field(default_factory=list)
    redeem: list[dict[str, Any]] = field(default_factory=list)
    pgbench: list[dict[str, float]] = field(default_factory=list)


def measure(report: Report) -> None:
    """Measure redeem_online_vs_noop and redeem_online_vs_pgbench, with few clients and many."""
    for clients, ending in ((CLIENTS, ""), (MANY_CLIENTS, "_64")):
        with (
            tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder,
            servers.postgres(durable=True) as postgres,
            issuer() as issuer_url,
        ):
            rounds = _measure(Path(folder), postgres.database("redemption"), issuer_url, clients)
        _report(report, rounds, clients, ending)


def _report(report: Report, rounds: Rounds, clients: int, ending: str) -> None:
    names = ("noop", "redeem", "pgbench")
    rate = {name: median(one["per_s"] for one in getattr(rounds, name)) for name in names}
    for other in ("noop", "pgbench"):
        ratio = round(rate["redeem"] / rate[other], 3)
        report.ratios[f"redeem_online{ending}_vs_{other}"] = ratio
    report.figures |= {f"{name}{ending}_per_s": round(value, 1) for name, value in rate.items()}
    took = {name: median(one[name] for one in rounds.redeem) for name in ("p50_ms", "p99_ms")}
    report.figures |= {f"redeem{ending}_{name}": round(value, 1) for name, value in took.items()}
    report.ratios[f"redeem{ending}_p99_vs_p50"] = round(took["p99_ms"] / took["p50_ms"], 2)
    report.sizes[f"redeem_online{ending}"] = {
        "clients": clients,
        "terminals": TERMINALS,
        "rounds": ROUNDS,
        "seconds": {"noop": NOOP_S, "redeem": REDEEM_S, "pgbench": PGBENCH_S},
        "families": _families(clients),
        "rates": {name: [round(one["per_s"]) for one in getattr(rounds, name)] for name in names},
    }


def _families(clients: int) -> int:
    http = (ROUNDS + 1) * HTTP_FAMILIES_A_ROUND
    return http + ROUNDS * clients * _each(clients)


def _each(clients: int) -> int:
    return PGBENCH_FAMILIES // clients


def _measure(folder: Path, url: str, issuer_url: str, clients: int) -> Rounds:
    told = environment(url, "amqp://127.0.0.1:1/", issuer_url, DB_POOL_SIZE=str(CLIENTS))
    world, approved, terminals = asyncio.run(_settled(url, _families(clients)))
    bearer = token("partner_operator", partner_id=FOOD_POINT, regions=(), iss=issuer_url)
    api = Api(folder, told, "tests.benchmarks.app:create_app")
    api.start()
    try:
        rounds = Rounds()
        for number in range(ROUNDS + 1):
            first = 1 + number * HTTP_FAMILIES_A_ROUND
            bodies = _bodies(world, approved, range(first, first + HTTP_FAMILIES_A_ROUND))
            redeem = [
                _signed(terminal, "/v1/redemptions", body)
                for terminal, body in zip(cycle(terminals), bodies, strict=False)
            ]
            noop = [_request(NOOP, bearer, bodies[0])]
            if number == 0:  # Plans, caches and pools are made before anything counts.
                _load(api, folder, noop, WARM_UP_S, clients)
                _load(api, folder, redeem, WARM_UP_S, clients)
                continue
            rounds.noop.append(_load(api, folder, noop, NOOP_S, clients))
            rounds.redeem.append(_load(api, folder, redeem, REDEEM_S, clients))
            at = (ROUNDS + 1) * HTTP_FAMILIES_A_ROUND
            at += (number - 1) * clients * _each(clients)
            script = pgbench.script(approved, at, _each(clients))
            rounds.pgbench.append(pgbench.run(url, folder, script, clients, PGBENCH_S))
        return rounds
    finally:
        api.stop()


async def _settled(
    url: str, families: int
) -> tuple[World, BeneficiaryListApprovedV1, list[Terminal]]:
    own = settings(url)
    engine = new_engine(url, application_name="bench", pool_size=1, statement_timeout_s=120)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, own, Issuer())
    await world.tell(world.issuer.published())
    approved = await settle(world, families)
    async with serving(create_app(own)) as client:
        terminals = [await a_terminal(client, FOOD_POINT) for _ in range(TERMINALS)]
    await engine.dispose()
    return world, approved, terminals


def _bodies(
    world: World, approved: BeneficiaryListApprovedV1, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    return [body_of(card(world, number), approved) for number in numbers]


def _request(path: str, bearer: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {bearer}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _signed(terminal: Terminal, path: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    signed = terminal.signed("POST", path, content)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n"
    )
    return (head + "".join(f"{name}: {value}\r\n" for name, value in signed.items())).encode() + (
        b"\r\n" + content
    )


def _load(
    api: Api, folder: Path, requests: list[bytes], seconds: int, clients: int
) -> dict[str, Any]:
    path = folder / "requests"
    path.write_bytes(b"".join(len(one).to_bytes(4) + one for one in requests))
    command = [
        sys.executable, "-m", "tests.benchmarks.load",
        "127.0.0.1", str(api.port), str(clients), str(seconds), str(path),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=seconds + GRACE_S
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if set(found["statuses"]) - {"200", "201"} or found["ran_out"]:
        raise RuntimeError(f"not a measurement: {found}")
    return found

"""Lines of journals accepted over HTTP, against single redemptions of the same SQL by pgbench.

Two uvicorn processes, PostgreSQL that flushes every commit. Each terminal sends its segments of
500 lines one after the other, all signed, each line with a card of its own that is verified, each
right set aside for its terminal. The two are measured in turn, round after round.
"""

# ruff: noqa: S608 - the statements are made of our own words only.
import asyncio
import base64
import hashlib
import http.client
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from tests import servers
from tests.benchmarks import Report, pgbench
from tests.benchmarks.province import HOUSEHOLD_SQL, card, settle
from tests.faults.processes import Api, environment, issuer
from tests.redemption.world import FOOD_POINT, Issuer, World, settings

from common.database import in_transaction, new_engine
from common.events import BeneficiaryListApprovedV1
from common.ids import new_id
from redemption.partners import seed

ROUNDS = 3
PROCESSES = 2
TERMINALS_A_ROUND = 4
SEGMENTS_EACH = 4
SEGMENT_LINES = 500
PGBENCH_S = 3
PGBENCH_CLIENTS = 16
PGBENCH_FAMILIES_EACH = 2_500
LINES_A_TERMINAL = SEGMENTS_EACH * SEGMENT_LINES
LINES_A_ROUND = TERMINALS_A_ROUND * LINES_A_TERMINAL
ANSWER_WITHIN_S = 60
OPERATOR = new_id()
START = "0" * 64


@dataclass
class Device:
    """A terminal whose requests are made before anything is measured."""

    number: int
    journal_id: UUID = field(default_factory=new_id)
    id: UUID = field(default_factory=new_id)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def first_family(self) -> int:
        return 1 + self.number * LINES_A_TERMINAL

    def signed(self, value: bytes) -> str:
        return base64.b64encode(self.key.sign(value)).decode()

    def request(
        self, path: str, body: bytes, operator: str = ""
    ) -> tuple[str, bytes, dict[str, str]]:
        """Return a request that this terminal has signed, with who is signed in on it."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        digest = f"sha-256=:{digest}:"
        named = ' "khbs-operator"' if operator else ""
        covered = f'("@method" "@path" "@query" "content-digest"{named})'
        parameters = f'{covered};created={int(time.time())};keyid="{self.id}";alg="ed25519"'
        base = "\n".join(
            (
                '"@method": POST',
                f'"@path": {path}',
                '"@query": ?',
                f'"content-digest": {digest}',
                *([f'"khbs-operator": {operator}'] if operator else []),
                f'"@signature-params": {parameters}',
            )
        )
        return (
            path,
            body,
            {
                "content-type": "application/json",
                "content-digest": digest,
                "signature-input": f"khbs={parameters}",
                "signature": f"khbs=:{self.signed(base.encode())}:",
                **({"khbs-operator": operator} if operator else {}),
            },
        )


def measure(report: Report) -> None:
    """Measure sync_vs_pgbench and both rates."""
    with (
        tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder,
        servers.postgres(durable=True) as postgres,
        issuer() as issuer_url,
    ):
        url = postgres.database("redemption")
        sync, bare = _measure(Path(folder), url, issuer_url)
    report.ratios["sync_vs_pgbench"] = round(median(sync) / median(bare), 3)
    report.figures["sync_lines_per_s"] = round(median(sync), 1)
    report.figures["sync_pgbench_per_s"] = round(median(bare), 1)
    report.sizes["sync_vs_pgbench"] = {
        "processes": PROCESSES,
        "terminals_a_round": TERMINALS_A_ROUND,
        "lines_a_round": LINES_A_ROUND,
        "lines_a_segment": SEGMENT_LINES,
        "rates": {"sync": [round(one) for one in sync], "pgbench": [round(one) for one in bare]},
    }


def _measure(folder: Path, url: str, issuer_url: str) -> tuple[list[float], list[float]]:
    told = environment(url, "amqp://127.0.0.1:1/", issuer_url, DB_POOL_SIZE="8")
    devices = [Device(number) for number in range((ROUNDS + 1) * TERMINALS_A_ROUND)]
    world, approved = asyncio.run(_settled(url, devices))
    apis = [Api(folder, told) for _ in range(PROCESSES)]
    for api in apis:
        api.start()
    sync, bare = [], []
    try:
        for number in range(ROUNDS + 1):
            part = devices[number * TERMINALS_A_ROUND : (number + 1) * TERMINALS_A_ROUND]
            rate = _sync(apis, world, approved, part)
            if number == 0:  # Plans, caches and pools are made before anything counts.
                continue
            sync.append(rate)
            at = (ROUNDS + 1) * LINES_A_ROUND
            at += (number - 1) * PGBENCH_CLIENTS * PGBENCH_FAMILIES_EACH
            script = pgbench.script(approved, at, PGBENCH_FAMILIES_EACH)
            found = pgbench.run(url, folder, script, PGBENCH_CLIENTS, PGBENCH_S)
            bare.append(found["per_s"])
        return sync, bare
    finally:
        for api in apis:
            api.stop()


def _sync(
    apis: list[Api], world: World, approved: BeneficiaryListApprovedV1, devices: list[Device]
) -> float:
    """Send the journals of some terminals at once; return lines accepted per second."""
    made = [_segments(world, approved, device) for device in devices]
    with ThreadPoolExecutor(len(devices)) as threads:
        began = time.perf_counter()
        sent = [
            threads.submit(_send, apis[place % len(apis)].port, requests)
            for place, requests in enumerate(made)
        ]
        accepted = sum(one.result() for one in sent)
        elapsed = time.perf_counter() - began
    if accepted != len(devices) * LINES_A_TERMINAL:
        raise RuntimeError(f"only {accepted} lines were accepted")
    return accepted / elapsed


def _send(port: int, requests: list[tuple[str, bytes, dict[str, str]]]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)
    answers = []
    for path, body, headers in requests:
        connection.request("POST", path, body, headers)
        answers.append(connection.getresponse().read())
    connection.close()
    return sum(answer.count(b'"outcome":"accepted"') for answer in answers)


def _segments(
    world: World, approved: BeneficiaryListApprovedV1, device: Device
) -> list[tuple[str, bytes, dict[str, str]]]:
    """Return a terminal's requests: its whole journal, in segments."""
    requests, previous, sequence = [], START, 0
    for _ in range(SEGMENTS_EACH):
        lines = []
        for _ in range(SEGMENT_LINES):
            sequence += 1
            line = _line(world, approved, device, sequence, previous)
            previous = hashlib.sha256(line.encode()).hexdigest()
            lines.append({"line": line, "signature": device.signed(line.encode())})
        body = {
            "id": str(new_id()),
            "journal_id": str(device.journal_id),
            "first_sequence": sequence - SEGMENT_LINES + 1,
            "lines": lines,
        }
        requests.append(device.request("/v1/journal/segments", json.dumps(body).encode()))
    return requests


def _line(
    world: World,
    approved: BeneficiaryListApprovedV1,
    device: Device,
    sequence: int,
    previous: str,
) -> str:
    family = card(world, device.first_family + sequence - 1)
    return json.dumps(
        {
            "v": 1,
            "journal": str(device.journal_id),
            "sequence": sequence,
            "previous": previous,
            "id": str(new_id()),
            "kind": "redemption",
            "card": family.token,
            "entitlement_id": None,
            "cycle_id": str(approved.cycle.cycle_id),
            "benefit_id": str(approved.benefits[0].benefit_id),
            "subject_id": None,
            "lease_id": str(device.id),
            "quantity": None,
            "amount_rupiah": None,
            "goods_category": None,
            "companion": None,
            "holder_check": "name_compared",
            "operator": str(OPERATOR),
            "said_at": datetime.now(UTC).isoformat(),
            "verdict": "valid",
            "redemption_id": None,
            "reason": None,
        },
        separators=(",", ":"),
    )


async def _settled(url: str, devices: list[Device]) -> tuple[World, BeneficiaryListApprovedV1]:
    engine = new_engine(url, application_name="bench", pool_size=1, statement_timeout_s=120)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, settings(url), Issuer())
    await world.tell(world.issuer.published())
    families = (ROUNDS + 1) * LINES_A_ROUND
    families += ROUNDS * PGBENCH_CLIENTS * PGBENCH_FAMILIES_EACH
    approved = await settle(world, families)
    async with engine.begin() as tx:
        for device in devices:
            for statement in ENROL:
                values = values_of(device)
                asked = {name: one for name, one in values.items() if f":{name}" in statement}
                await tx.execute(text(statement), asked)
        await tx.execute(text("ANALYZE entitlements"))
    await engine.dispose()
    return world, approved


_household = HOUSEHOLD_SQL.format(n="n")
ENROL = (
    "INSERT INTO terminal_codes (id, partner_id, code_index, made_at, made_by, made_by_name, "
    "expires_at, used_at) VALUES (:id, :partner, :key, :now, 'x', 'X', :until, :now)",
    "INSERT INTO terminals (id, partner_id, code_id, label, algorithm, public_key, enrolled_at, "
    "last_seen_at) VALUES (:id, :partner, :id, 'Bench', 'ed25519', :key, :now, :now)",
    "INSERT INTO terminal_operators (terminal_id, operator_id, subject, name, role, pin_sealed, "
    "full_sign_in_at, tries_left) "
    "VALUES (:id, :operator, 'orang-uji', 'Orang Uji', 'partner_operator', "
    "'\\x00', :now, 5)",
    "INSERT INTO journals (id, terminal_id, partner_id, started_at, last_sequence, last_hash) "
    f"VALUES (:journal, :id, :partner, :now, 0, '{START}')",
    "UPDATE entitlements SET lease_id = :id, lease_terminal_id = :id, leased_until = :until "
    f"FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n "
    f"WHERE household_id = {_household}",
)


def values_of(device: Device) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "id": device.id,
        "partner": FOOD_POINT,
        "key": device.key.public_key().public_bytes_raw(),
        "now": now,
        "until": now + timedelta(hours=12),
        "operator": OPERATOR,
        "journal": device.journal_id,
        "first": device.first_family,
        "last": device.first_family + LINES_A_TERMINAL - 1,
    }

"""The whole province on one list: from the signature to the last event that RabbitMQ confirmed.

The families are put into the database by SQL, and what people do to the list is done by the verbs
that they use; the queues are quorum queues with publisher confirms, as in service. Nobody consumes.
FAMILIES=n measures a smaller list.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.clients import settings_values

from common import clock, outbox
from common.auth.principal import Principal
from common.broker import Broker
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.events import BeneficiaryListApprovedV1, EnrolmentsApprovedV1
from common.ids import new_id
from common.sealed import Sealer
from registry.eligibility.demo import CYCLE_ID, VERSION_ID, put_demo_programme
from registry.enrolment.approve import ask_approval
from registry.enrolment.demo import visit_sample
from registry.enrolment.propose import propose
from registry.enrolment.verify import verify
from registry.jobs.run import run_next
from registry.people.prepare import put_regions
from registry.people.rules import kk_context
from registry.settings import Settings
from registry.worker import list_works

FAMILIES = 279_434
HEARD = (BeneficiaryListApprovedV1.event_type, EnrolmentsApprovedV1.event_type)
PROVINCE = "62"
# Families spread over the villages; their KK numbers are sealed after that, since an approval
# opens them.
FILL = (
    """INSERT INTO households (id, region_code, kk_index, kk_sealed, import_id)
       SELECT uuidv7(), v.codes[1 + n % cardinality(v.codes)],
              decode(lpad(to_hex(n), 32, '0'), 'hex'), '\\x00', uuidv7()
       FROM generate_series(1, :families) n,
            (SELECT array_agg(code ORDER BY code) AS codes FROM regions
             WHERE level = 'village') v""",
    """INSERT INTO persons (id, household_id, temporary_number, name, name_key, sex, relation,
                            status, import_id)
       SELECT uuidv7(), h.id, h.id::text, 'KEPALA KELUARGA', 'KEPALA KELUARGA', 'M', 'head',
              'alive', h.import_id FROM households h""",
    """INSERT INTO findings (criteria_version_id, inputs, inputs_hash, outcomes, outcome)
       VALUES (:version, '{}', '\\x01', '[]', 'eligible')""",
    """INSERT INTO decisions (household_id, region_code, cycle_id, findings_id, outcome, fact_ids,
                              roster_load_ids)
       SELECT h.id, h.region_code, :cycle, f.id, f.outcome, '{}', '{}'
       FROM households h, (SELECT * FROM findings LIMIT 1) f""",
    """INSERT INTO current_decisions (cycle_id, household_id, decision_id, region_code, outcome)
       SELECT cycle_id, household_id, id, region_code, outcome FROM decisions""",
)
KK_INDICES = "SELECT kk_index FROM households"
SEAL_KK = """UPDATE households SET kk_sealed = s.sealed
             FROM unnest(CAST(:indices AS bytea[]), CAST(:sealed AS bytea[])) s (index, sealed)
             WHERE kk_index = s.index"""
ANALYZE = "ANALYZE households, persons, decisions, current_decisions, regions"


def _person(name: str) -> Principal:
    return Principal(f"bench:{name}", name, frozenset(), frozenset(), (PROVINCE,))


def measure(report: Report) -> None:
    """Measure approval_events_per_s, and the seconds of each step on the way."""
    families = int(os.environ.get("FAMILIES") or FAMILIES)
    with servers.postgres(durable=True) as database, servers.rabbitmq() as broker:
        url = database.database("registry")
        asyncio.run(_run(url, broker.virtual_host(), families, report))


async def _run(url: str, amqp_url: str, families: int, report: Report) -> None:
    settings = Settings(**settings_values(url))
    engine = new_engine(
        url, application_name="bench", statement_timeout_s=BULK_STATEMENT_TIMEOUT_S, pool_size=4
    )
    try:
        await _fill(engine, families, Sealer(settings.sealing_key.get_secret_value()))
        async with _listening(amqp_url) as broker:
            await _measure(engine, broker, settings, report)
    finally:
        await engine.dispose()
    report.sizes["approval_full_families"] = families


async def _fill(engine: AsyncEngine, families: int, sealer: Sealer) -> None:
    values = {"families": families, "version": VERSION_ID, "cycle": CYCLE_ID}
    async with engine.begin() as tx:
        await put_regions(tx)
        await put_demo_programme(tx, clock.utc_now().date())
        for statement in FILL:
            asked = {name: value for name, value in values.items() if f":{name}" in statement}
            await tx.execute(text(statement), asked)
        await _seal_numbers(tx, sealer)
    async with engine.begin() as tx:
        await tx.execute(text(ANALYZE))


async def _seal_numbers(tx: AsyncConnection, sealer: Sealer) -> None:
    indices = (await tx.execute(text(KK_INDICES))).scalars().all()
    sealed = [
        sealer.seal_text(f"62{number:014}", kk_context(index))
        for number, index in enumerate(indices)
    ]
    await tx.execute(text(SEAL_KK), {"indices": indices, "sealed": sealed})


@asynccontextmanager
async def _listening(amqp_url: str) -> Any:
    """The registry's connection, and the two queues that its events go to."""
    opened = [await Broker.connect(amqp_url, one) for one in ("registry", "issuance", "redemption")]
    try:
        for listener in opened[1:]:
            await listener.declare(HEARD)
        yield opened[0]
    finally:
        for one in opened:
            await one.close()


async def _measure(engine: AsyncEngine, broker: Broker, settings: Settings, report: Report) -> None:
    list_id = new_id()
    operator, verifier, approver = (_person(name) for name in ("operator", "verifier", "approver"))
    async with engine.begin() as tx:
        await propose(tx, operator, list_id=list_id, cycle_id=CYCLE_ID, region_code=PROVINCE)
    proposing = await _timed(_do(engine, settings))
    async with engine.begin() as tx:
        await visit_sample(tx, verifier, list_id)
    verifying = await _timed(_verify(engine, verifier, list_id))
    start = time.perf_counter()
    await _approve(engine, approver, list_id)
    signing = time.perf_counter() - start
    carrying_out = await _timed(_do(engine, settings))
    sent = 0
    relaying = time.perf_counter()
    while (batch := await outbox.relay_once(engine, broker.send))[0]:
        sent += batch[0]
    end = time.perf_counter()
    steps = {
        "propose": proposing,
        "verify": verifying,
        "sign": signing,
        "carry_out": carrying_out,
        "relay": end - relaying,
        "to_last_event": end - start,
    }
    for name, seconds in steps.items():
        report.figures[f"approval_full_{name}_s"] = round(seconds, 2)
    report.figures["approval_events_per_s"] = round(sent / (end - start), 1)
    report.figures["relay_events_per_s"] = round(sent / (end - relaying), 1)
    report.sizes["approval_full_events"] = sent
    sys.stderr.write(f"{sent} events to the last confirm in {end - start:.1f} s\n")


async def _timed(act: Awaitable[None]) -> float:
    start = time.perf_counter()
    await act
    return time.perf_counter() - start


async def _do(engine: AsyncEngine, settings: Settings) -> None:
    while await run_next(engine, list_works(settings)):
        pass


async def _verify(engine: AsyncEngine, verifier: Principal, list_id: UUID) -> None:
    async with engine.begin() as tx:
        await verify(tx, verifier, list_id)


async def _approve(engine: AsyncEngine, approver: Principal, list_id: UUID) -> None:
    async with engine.begin() as tx:
        one = (
            await tx.execute(
                text("SELECT content_hash FROM beneficiary_lists WHERE id = :i"), {"i": list_id}
            )
        ).one()
        await ask_approval(
            tx,
            approver,
            list_id,
            decree_number="SK-UKUR/1",
            decree_on=clock.utc_now().date(),
            content_hash=bytes(one.content_hash),
        )

"""Opening a cycle for the whole list, against INSERT … SELECT of the same rows.

The list is heard first and then its 560 batches, each in a transaction of its own with its commit,
by the worker's own verbs: enrolments, sealed records of persons, rights, grants, and the cycle's
ceiling. Then the very rows that came of it are put aside, the tables emptied, and the rows written
back into them, with their indexes, triggers and constraints, by one INSERT … SELECT a table in one
transaction. Made once for families alone and once with three persons in each who have a right of
their own; PostgreSQL flushes every commit.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.redemption.world import VILLAGE, a_benefit, a_cycle, a_list, settings

from common import events
from common.database import in_transaction, new_engine
from common.events import BATCH_MAX
from common.ids import new_id
from common.sealed import Sealer
from redemption.entitlements.open_list import enrol, open_list
from redemption.entitlements.persons import Seals

FAMILIES = 280_000
PERSONS_EACH = 3
TABLES = ("enrolments", "enrolled_persons", "entitlements", "grants")
NO_PERSONS, WITH_PERSONS = "families", "persons"


@dataclass(frozen=True)
class Opening:
    opened_s: float
    inserted_s: float
    rights: int

    @property
    def ratio(self) -> float:
        return round(self.opened_s / self.inserted_s, 2)


def measure(report: Report) -> None:
    """Measure open_cycle_vs_insert and open_cycle_persons_vs_insert."""
    for name, persons_each in ((NO_PERSONS, 0), (WITH_PERSONS, PERSONS_EACH)):
        with servers.postgres(durable=True) as server:
            found = asyncio.run(_measure(server.database("redemption"), persons_each))
        ratio = "open_cycle_vs_insert" if not persons_each else "open_cycle_persons_vs_insert"
        report.ratios[ratio] = found.ratio
        report.figures[f"open_cycle_{name}_s"] = round(found.opened_s, 1)
        report.figures[f"insert_{name}_s"] = round(found.inserted_s, 1)
        report.sizes[f"open_cycle_{name}_rights"] = found.rights


async def _measure(url: str, persons_each: int) -> Opening:
    own = settings(url)
    seals = Seals(
        own=Sealer(own.sealing_key.get_secret_value()),
        events=Sealer(own.event_sealing_key.get_secret_value()),
    )
    engine = new_engine(url, application_name="bench", statement_timeout_s=900, pool_size=2)
    try:
        opened_s = await _open(engine, seals, persons_each)
        async with engine.connect() as tx:
            rights = int(await tx.scalar(text("SELECT count(*) FROM entitlements")) or 0)
        expected = FAMILIES * (1 + persons_each)
        if rights != expected:
            raise RuntimeError(f"{rights} rights were opened, not {expected}")
        return Opening(opened_s, await _insert(engine), rights)
    finally:
        await engine.dispose()


async def _open(engine: AsyncEngine, seals: Seals, persons_each: int) -> float:
    parcel = a_benefit()
    fee = a_benefit(code="SPP", kind="fee", subject="person", partner_kinds=("school",))
    approved = a_list(a_cycle(budget_rupiah=10**15), [parcel, fee])
    began = time.perf_counter()
    await in_transaction(engine, lambda tx: open_list(tx, approved))
    spent = time.perf_counter() - began
    for event in _batches(approved, fee, seals, persons_each):
        began = time.perf_counter()
        async with engine.begin() as tx:
            await enrol(tx, event, seals)
        spent += time.perf_counter() - began
    return spent


def _batches(
    approved: events.BeneficiaryListApprovedV1,
    fee: events.Benefit,
    seals: Seals,
    persons_each: int,
) -> Iterator[events.EnrolmentsApprovedV1]:
    count = -(-FAMILIES // BATCH_MAX)
    for batch in range(1, count + 1):
        families = min(BATCH_MAX, FAMILIES - (batch - 1) * BATCH_MAX)
        yield events.EnrolmentsApprovedV1(
            list_id=approved.list_id,
            programme_code=approved.programme_code,
            cycle_id=approved.cycle.cycle_id,
            batch=batch,
            batches=count,
            enrolments=tuple(
                events.EnrolledHousehold(
                    enrolment_id=new_id(),
                    household_id=new_id(),
                    region_code=VILLAGE,
                    sealed="x",
                    persons=tuple(_person(fee, seals) for _ in range(persons_each)),
                )
                for _ in range(families)
            ),
        )


def _person(fee: events.Benefit, seals: Seals) -> events.EnrolledPerson:
    person_id = new_id()
    known = {"name": "DAYANG SEKAR MELATI", "birth_year": 2012}
    return events.EnrolledPerson(
        person_id=person_id,
        benefit_ids=(fee.benefit_id,),
        sealed=seals.events.seal_json(known, f"person:{person_id}"),
    )


async def _insert(engine: AsyncEngine) -> float:
    async with engine.begin() as tx:
        for table in TABLES:
            await tx.execute(text(f"CREATE TABLE aside_{table} AS TABLE {table}"))
        await tx.execute(text("ALTER TABLE grants DISABLE TRIGGER grants_append_only"))
        await tx.execute(text(f"TRUNCATE {', '.join(TABLES)}"))
        await tx.execute(text("ALTER TABLE grants ENABLE TRIGGER grants_append_only"))
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as tx:
        await tx.execute(text("VACUUM ANALYZE"))
    began = time.perf_counter()
    async with engine.begin() as tx:
        for table in TABLES:
            await tx.execute(text(f"INSERT INTO {table} TABLE aside_{table}"))
    return time.perf_counter() - began

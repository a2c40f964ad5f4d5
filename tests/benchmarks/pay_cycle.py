"""A whole province's cash: one act of two people, 28 files, and the bank's 28 answers.

280,000 families with a card each. Measured in a process of its own, so that its memory is that of
the work alone: the worker draws up every file, another person approves all of them, the bank gets
them in one ZIP, and answers each order. Then the ledger's check looks at all of it. PostgreSQL
flushes every commit.
"""

import asyncio
import csv
import io
import multiprocessing
import os
import resource
import time
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.redemption.paying import cash, finance, paid, result
from tests.redemption.world import NOW, VILLAGE, a_cycle, a_list, settings

from common import events
from common.database import (
    EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    in_transaction,
    new_engine,
)
from common.events import BATCH_MAX
from common.ids import new_id
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.cards.printed_name import seal_name
from redemption.cards.queries import ADD_CARDS
from redemption.entitlements.open_list import enrol, open_list
from redemption.entitlements.persons import Seals
from redemption.payments import run_queries
from redemption.payments.continue_runs import continue_run
from redemption.payments.decide_run import approve_run, fetch_run, zipped
from redemption.payments.draw_up import Payer, Wanted
from redemption.payments.start_run import start_run
from redemption.payments.take_run_results import take_run_results
from redemption.settlement.check_ledger import check_ledger
from redemption.settlement.check_settlements import check_settlements

FAMILIES = int(os.environ.get("PAY_CYCLE_FAMILIES", "280000"))
FAILS_EVERY = 50
MIB = 1024 * 1024


def measure(report: Report) -> None:
    """Measure pay_cycle_orders_per_s, and the seconds, bytes and memory of a whole cycle."""
    with servers.postgres(durable=True) as server:
        url = server.database("redemption")
        cycle_id, bank_id = asyncio.run(_prepare(url))
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        worker = context.Process(target=_work, args=(url, cycle_id, bank_id, there))
        worker.start()
        found: dict[str, float] = here.recv()
        worker.join()
    report.figures.update({f"pay_cycle_{name}": value for name, value in found.items()})
    report.figures["pay_cycle_orders_per_s"] = round(FAMILIES / found["drawn_up_s"])
    report.sizes["pay_cycle_orders"] = FAMILIES


async def _prepare(url: str) -> tuple[UUID, UUID]:
    own = settings(url)
    engine = new_engine(url, application_name="bench", statement_timeout_s=900, pool_size=2)
    sealer = Sealer(own.sealing_key.get_secret_value())
    seals = Seals(own=sealer, events=Sealer(own.event_sealing_key.get_secret_value()))
    approved = a_list(a_cycle(budget_rupiah=10**15), [cash()])
    bank_id = new_id()
    count = -(-FAMILIES // BATCH_MAX)
    try:
        await in_transaction(engine, lambda tx: open_list(tx, approved))
        async with engine.begin() as tx:
            await tx.execute(BANK, {"id": bank_id})
        for batch in range(1, count + 1):
            families = [new_id() for _ in range(min(BATCH_MAX, FAMILIES - (batch - 1) * BATCH_MAX))]
            async with engine.begin() as tx:
                await enrol(tx, _enrolled(approved, families, batch, count), seals)
                await tx.execute(ADD_CARDS, _cards(sealer, families))
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as tx:
            await tx.execute(text("VACUUM ANALYZE"))
    finally:
        await engine.dispose()
    return approved.cycle.cycle_id, bank_id


BANK = text(
    "INSERT INTO partners (id, name, kind, address, region_codes, status) "
    "VALUES (:id, 'Bank Uji', 'bank', '-', '{62}', 'active')"
)


def _enrolled(
    approved: events.BeneficiaryListApprovedV1, families: list[UUID], batch: int, count: int
) -> events.EnrolmentsApprovedV1:
    return events.EnrolmentsApprovedV1(
        list_id=approved.list_id,
        programme_code=approved.programme_code,
        cycle_id=approved.cycle.cycle_id,
        batch=batch,
        batches=count,
        enrolments=tuple(
            events.EnrolledHousehold(
                enrolment_id=new_id(), household_id=one, region_code=VILLAGE, sealed="x"
            )
            for one in families
        ),
    )


def _cards(sealer: Sealer, families: list[UUID]) -> dict[str, Any]:
    ids = [os.urandom(8).hex() for _ in families]
    return {
        "card_ids": ids,
        "household_ids": families,
        "region_codes": [VILLAGE] * len(ids),
        "kids": ["00000001"] * len(ids),
        "issued_at": [NOW - timedelta(days=1)] * len(ids),
        "expires_at": [NOW + timedelta(days=1000)] * len(ids),
        "printed_names": [seal_name(sealer, one, "SITI AMINAH BINTI RAHMAN") for one in ids],
    }


def _work(url: str, cycle_id: UUID, bank_id: UUID, told: Any) -> None:
    told.send(asyncio.run(_pay(url, cycle_id, bank_id)))


async def _pay(url: str, cycle_id: UUID, bank_id: UUID) -> dict[str, float]:
    own = settings(url)
    sealer = Sealer(own.sealing_key.get_secret_value())
    payer, maker, checker, found = Payer.of(own, sealer), finance(), finance(), {}
    wanted = Wanted(new_id(), "family_cash", in_wib(NOW).date(), cycle_id, bank_id)
    engine = new_engine(
        url,
        application_name="bench",
        statement_timeout_s=900,
        pool_size=2,
        idle_in_transaction_timeout_s=EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S,
    )
    at = datetime.now(UTC)

    async def timed(name: str, act: Any) -> Any:
        began = time.perf_counter()
        answer = await act
        found[f"{name}_s"] = round(time.perf_counter() - began, 2)
        found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return answer

    def one(act: Any) -> Any:
        return in_transaction(engine, act)

    try:
        await timed("begun", one(lambda tx: start_run(tx, maker, payer, wanted, at)))
        await timed("drawn_up", _draw_all(engine, payer, at))
        found["drawn_up_peak_mb"] = found["peak_mb"]
        await timed("approved", one(lambda tx: approve_run(tx, checker, sealer, wanted.id, at)))
        for form in ("xml", "csv"):
            _, batches = await one(
                lambda tx, form=form: fetch_run(tx, maker, wanted.id, form=form, now=at)
            )
            pieces = zipped(engine, sealer, batches, form)
            whole = await timed(f"fetched_{form}", _all(pieces))
            found[f"zip_{form}_mb"] = round(len(whole) / MIB, 1)
            unpacked = sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(whole)).infolist())
            found[f"{form}_mb"] = round(unpacked / MIB, 1)
        found["files"] = len(batches)
        answers = _answers(whole)
        began = time.perf_counter()
        for content in answers:
            await one(
                lambda tx, content=content: take_run_results(
                    tx, maker, sealer, run_id=wanted.id, file_id=new_id(), content=content, now=at
                )
            )
        found["answered_s"] = round(time.perf_counter() - began, 2)
        found["one_answer_s"] = round(found["answered_s"] / len(answers), 2)
        await timed("shown", one(lambda tx: _shown(tx, wanted.id)))
        await timed("checked", one(_check))
    finally:
        await engine.dispose()
    return found


async def _draw_all(engine: AsyncEngine, payer: Payer, at: datetime) -> None:
    while await in_transaction(engine, lambda tx: continue_run(tx, payer, at)):
        pass


async def _all(pieces: Any) -> bytes:
    return b"".join([piece async for piece in pieces])


def _answers(archive: bytes) -> list[bytes]:
    """The bank's word on each file; one order in FAILS_EVERY failed."""
    answers = []
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in sorted(files.namelist())[:-1]:
            rows = csv.DictReader(io.StringIO(files.read(name).decode()), delimiter=";")
            lines = [paid(row["id_instruksi"]) for row in rows]
            bad = [(one[0], one[1], "gagal", "AC04", "") for one in lines[::FAILS_EVERY]]
            good = [one for place, one in enumerate(lines) if place % FAILS_EVERY]
            answers.append(result(*good, *bad))
    return answers


async def _shown(tx: AsyncConnection, run_id: UUID) -> None:
    files = (await tx.execute(run_queries.WITH_COUNTS, {"run_id": run_id})).mappings().all()
    if sum(row["paid"] + row["failed"] for row in files) != FAMILIES:
        raise RuntimeError("not every order was answered")


async def _check(tx: AsyncConnection) -> None:
    problems = (await check_ledger(tx))[1] + (await check_settlements(tx)).problems
    if problems:
        raise RuntimeError(problems[0])

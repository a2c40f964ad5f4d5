"""From the approval of the full list to the last card that redemption knows, and each step alone.

The registry's messages (one for the list, one for every 500 families, names sealed) are put into
RabbitMQ; the issuance worker, one signer and the redemption worker run as they do in service, on
quorum queues and on a PostgreSQL that flushes its log. First each step runs alone, over what the
one before left: orders, signatures, the relay of cards.issued, and redemption taking in enrolments
and cards. Then, in other databases, all of it at once. FAMILIES=n measures fewer.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.benchmarks.cards_full_messages import HEARD_BY, Message, messages
from tests.clients import key_text
from tests.faults.processes import Worker, environment
from tests.issuance.builders import a_desk

from common import outbox
from common.broker import Broker
from common.database import new_engine

FAMILIES = 279_434
LOOK_EVERY_S = 0.2
IN_FLIGHT = 50
ISSUER = "http://issuer.test"
READY = {"issuance.signer": "signer ready"}

ORDERED = text("SELECT count(*) FROM cards")
SIGNED = text("SELECT count(*) FROM cards WHERE state = 'signed'")
ENROLLED = text("SELECT count(*) FROM enrolments")
KNOWN = text("SELECT count(*) FROM card_statuses WHERE status = 'not_active'")
# What remains from before a step is another step's work.
FORGET_SENT = text("UPDATE outbox SET published_at = now() WHERE published_at IS NULL")
WAITING_EVENTS = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")


def measure(report: Report) -> None:
    """Measure cards_full_vs_slowest_step, minutes and rates."""
    families = int(os.environ.get("FAMILIES") or FAMILIES)
    with (
        servers.postgres(durable=True) as postgres,
        servers.rabbitmq() as rabbitmq,
        tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder,
    ):
        uvloop.run(_measure(postgres, rabbitmq, Path(folder), families, report))


async def _measure(
    postgres: servers.Postgres,
    rabbitmq: servers.RabbitMQ,
    folder: Path,
    families: int,
    report: Report,
) -> None:
    told = messages(families)
    async with _place(postgres, rabbitmq, folder / "alone", families) as place:
        steps = await _each_alone(place, told)
    async with _place(postgres, rabbitmq, folder / "together", families) as place:
        seconds = await _together(place, told)
    slowest = max(steps.values())
    for name, alone in steps.items():
        report.figures[f"cards_full_{name}_per_s"] = round(families / alone)
    report.figures["cards_full_minutes"] = round(seconds / 60, 2)
    report.figures["cards_full_per_s"] = round(families / seconds)
    report.ratios["cards_full_vs_slowest_step"] = round(slowest / seconds, 3)
    report.sizes["cards_full_families"] = families
    listed = ", ".join(f"{name} {one:.1f} s" for name, one in steps.items())
    sys.stderr.write(f"{families} families: alone {listed}; together {seconds:.1f} s\n")


@dataclass
class Place:
    """Two services without their processes: databases, queues, and where the processes log."""

    issuance: AsyncEngine
    redemption: AsyncEngine
    brokers: dict[str, Broker]
    processes: dict[str, Callable[[], Worker]]
    families: int

    async def until(self, engine: AsyncEngine, count: TextClause) -> None:
        """Wait until as many rows are counted as there are families."""
        while True:
            async with engine.connect() as connection:
                if await connection.scalar(count) >= self.families:
                    return
            await asyncio.sleep(LOOK_EVERY_S)

    @asynccontextmanager
    async def running(self, *modules: str) -> AsyncIterator[None]:
        """Run these programs until the end of the block."""
        started = [self.processes[module]() for module in modules]
        try:
            for one in started:
                await asyncio.to_thread(one.start)
            yield
        finally:
            for one in started:
                await asyncio.to_thread(one.stop)


class Program(Worker):
    """A worker or a signer, which says in its log that it is ready."""

    def __init__(self, folder: Path, told: dict[str, str], module: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, told, module)
        self._says = READY.get(module, "worker ready")

    def _is_ready(self) -> bool:
        return self._says in self.log.read_text()


@asynccontextmanager
async def _place(
    postgres: servers.Postgres, rabbitmq: servers.RabbitMQ, folder: Path, families: int
) -> AsyncIterator[Place]:
    urls = {name: postgres.database(name) for name in ("issuance", "redemption")}
    amqp_url = rabbitmq.virtual_host()
    desk = await a_desk(urls["issuance"])
    await desk.engine.dispose()
    engines = {
        name: new_engine(url, application_name="bench", pool_size=2) for name, url in urls.items()
    }
    brokers = {name: await Broker.connect(amqp_url, name) for name in HEARD_BY}
    for name, heard in HEARD_BY.items():
        await brokers[name].declare(heard)
    processes = {
        module: _program(folder, module, urls[module.partition(".")[0]], amqp_url)
        for module in ("issuance.worker", "issuance.signer", "redemption.worker")
    }
    try:
        yield Place(engines["issuance"], engines["redemption"], brokers, processes, families)
    finally:
        for broker in brokers.values():
            await broker.close()
        for engine in engines.values():
            await engine.dispose()


def _program(folder: Path, module: str, url: str, amqp_url: str) -> Callable[[], Worker]:
    keys = {"SIGNING_MASTER_KEY": key_text(9)} if module == "issuance.signer" else {}
    told = environment(url, amqp_url, ISSUER, **keys)
    return lambda: Program(folder / f"{module}-{time.monotonic_ns()}", told, module)


async def _each_alone(place: Place, told: Sequence[Message]) -> dict[str, float]:
    """Return the seconds of each step while nothing else runs."""
    await _publish(place.brokers["registry"], told)
    async with place.running("issuance.worker"):
        ordering = await _timed(place.until(place.issuance, ORDERED))
    async with place.running("redemption.worker"):
        enrolling = await _timed(place.until(place.redemption, ENROLLED))
    async with place.issuance.begin() as tx:
        await tx.execute(FORGET_SENT)
    async with place.running("issuance.signer"):
        signing = await _timed(place.until(place.issuance, SIGNED))
    relaying = await _timed(_relay(place))
    async with place.running("redemption.worker"):
        learning = await _timed(place.until(place.redemption, KNOWN))
    return {
        "order": ordering,
        "sign": signing,
        "relay": relaying,
        "redemption": enrolling + learning,
    }


async def _together(place: Place, told: Sequence[Message]) -> float:
    """Return the seconds from the first message to the last card that redemption knows."""
    async with place.running("issuance.worker", "issuance.signer", "redemption.worker"):
        start = time.perf_counter()
        await _publish(place.brokers["registry"], told)
        await place.until(place.redemption, KNOWN)
        return time.perf_counter() - start


async def _timed(act: object) -> float:
    start = time.perf_counter()
    await act  # type: ignore[misc]
    return time.perf_counter() - start


async def _publish(broker: Broker, told: Sequence[Message]) -> None:
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def publish(one: Message) -> None:
        async with limit:
            await broker.send(one.event_id, one.event_type, one.body)

    # The list first: redemption would otherwise put its enrolments aside.
    await publish(told[0])
    await asyncio.gather(*(publish(one) for one in told[1:]))


async def _relay(place: Place) -> None:
    sent = 1
    while sent:
        sent, failed = await outbox.relay_once(place.issuance, place.brokers["issuance"].send)
        if failed:
            raise RuntimeError(f"{failed} events were not taken")
    async with place.issuance.connect() as connection:
        if await connection.scalar(WAITING_EVENTS):
            raise RuntimeError("events are left in the outbox")

"""The whole list signed and stored, against Ed25519 signing alone of as many such messages.

Signed and stored is what the signer's loop does to orders, in SIGNERS processes as many as cores:
tokens sealed, states and history, places in the status lists and what they say, and the events in
the outbox, on a PostgreSQL that flushes its log. Signing alone is one process and one key, over the
bytes of the cards that were just made. FAMILIES=n measures fewer.
"""

import asyncio
import multiprocessing
import os
import resource
import sys
import time
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.issuance.builders import a_desk, settings_for

from common import clock
from common.base45 import decode_base45
from common.cose import parse_sign1, to_be_signed
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.ids import new_id
from common.sealed import Sealer
from issuance.cards.jobs import LANES, Orders, card_signer
from issuance.cards.order import ApprovedHousehold, order_for_households
from issuance.cards.read import open_token
from issuance.settings import Settings

FAMILIES = 279_434
VILLAGES = 1_571
ORDERED_AT_ONCE = 500
SIGNERS = 2
MESSAGES_READ = 5_000
RAW_ROUNDS = 3
LIST_ID = UUID(int=1)
LEFT_TO_DO = text("SELECT count(*) FROM cards WHERE state = 'ordered'")
STORED = text("""
    SELECT (SELECT count(*) FROM cards WHERE state = 'signed') AS cards,
           (SELECT count(*) FROM card_changes WHERE state = 'signed') AS lines,
           (SELECT count(*) FROM status_entries WHERE status = 3) AS entries,
           (SELECT sum(jsonb_array_length(envelope::jsonb #> '{data,cards}')) FROM outbox
            WHERE event_type = 'cards.issued.v1') AS told
""")
SOME_TOKENS = text(f"SELECT card_id, sealed_token FROM cards LIMIT {MESSAGES_READ}")  # noqa: S608


def measure(report: Report) -> None:
    """Measure sign_vs_raw, the rates behind it, and the memory of a signer."""
    families = int(os.environ.get("FAMILIES") or FAMILIES)
    with servers.postgres(durable=True) as database:
        uvloop.run(_run(database.database("issuance"), families, report))
    report.sizes["sign_vs_raw_cards"] = families
    report.sizes["sign_vs_raw_signers"] = SIGNERS
    report.sizes["sign_vs_raw_batches_in_hand"] = SIGNERS * LANES


async def _run(url: str, families: int, report: Report) -> None:
    desk = await a_desk(url)
    await desk.engine.dispose()
    engine = _engine(url)
    try:
        ordering = await _order(engine, desk.settings, families)
        seconds, peak_mb = await asyncio.to_thread(_sign_in_processes, url)
        await _demand_whole(engine, families)
        messages = await _messages(engine, desk.settings)
        # The faster of some: what else the machine did then must not flatter the ratio.
        raw = min(_sign_alone(messages, families) for _ in range(RAW_ROUNDS))
    finally:
        await engine.dispose()
    report.ratios["sign_vs_raw"] = round(raw / seconds, 3)
    report.figures["sign_cards_per_s"] = round(families / seconds)
    report.figures["sign_raw_per_s"] = round(families / raw)
    report.figures["sign_peak_mb"] = peak_mb
    report.figures["order_cards_per_s"] = round(families / ordering)
    sys.stderr.write(f"{families} cards in {seconds:.1f} s; Ed25519 alone {raw:.1f} s\n")


def _engine(url: str) -> AsyncEngine:
    return new_engine(
        url, application_name="bench", statement_timeout_s=BULK_STATEMENT_TIMEOUT_S, pool_size=4
    )


async def _order(engine: AsyncEngine, settings: Settings, families: int) -> float:
    sealer = Sealer(settings.sealing_key.get_secret_value())
    start = time.perf_counter()
    for first in range(0, families, ORDERED_AT_ONCE):
        some = [_a_family(n) for n in range(first, min(families, first + ORDERED_AT_ONCE))]
        async with engine.begin() as tx:
            await order_for_households(
                tx, sealer, some, list_id=LIST_ID, told_at=clock.utc_now(), actor="bench"
            )
    seconds = time.perf_counter() - start
    async with engine.begin() as tx:
        await tx.execute(text("ANALYZE"))
    return seconds


def _a_family(number: int) -> ApprovedHousehold:
    district, village = divmod(number % VILLAGES, 90)
    place = f"62.{1 + district % 14:02}.{1 + district // 14:02}.{2001 + village}"
    return ApprovedHousehold(new_id(), new_id(), place, f"SITI AMINAH {number}")


def _sign_in_processes(url: str) -> tuple[float, float]:
    """Start the signers, let them begin together; seconds to the last one's end, and peak MB."""
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(SIGNERS)]
    signers = [spawn.Process(target=_signer, args=(url, theirs)) for _, theirs in pipes]
    for signer in signers:
        signer.start()
    for ours, _ in pipes:
        ours.recv()
    start = time.perf_counter()
    for ours, _ in pipes:
        ours.send("begin")
    peaks = [ours.recv() for ours, _ in pipes]
    seconds = time.perf_counter() - start
    for signer in signers:
        signer.join()
    return seconds, max(peaks)


def _signer(url: str, told: Connection) -> None:
    async def sign() -> None:
        settings = settings_for(url)
        engine = _engine(url)
        work = Orders(engine, card_signer(settings))
        async with engine.connect() as connection:
            await connection.execute(LEFT_TO_DO)
        told.send("ready")
        told.recv()
        while await work.sign_all():
            pass
        await engine.dispose()

    uvloop.run(sign())
    told.send(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1))


async def _demand_whole(engine: AsyncEngine, families: int) -> None:
    async with engine.connect() as connection:
        stored = (await connection.execute(STORED)).one()
    if set(stored) != {families}:
        raise RuntimeError(f"{families} ordered, stored: {stored._asdict()}")


async def _messages(engine: AsyncEngine, settings: Settings) -> list[bytes]:
    sealer = Sealer(settings.sealing_key.get_secret_value())
    async with engine.connect() as connection:
        rows = (await connection.execute(SOME_TOKENS)).all()
    return [_signed_bytes(sealer, row) for row in rows]


def _signed_bytes(sealer: Sealer, row: Any) -> bytes:
    message = parse_sign1(decode_base45(open_token(sealer, row._mapping)))
    return to_be_signed(message.protected, message.payload)


def _sign_alone(messages: list[bytes], count: int) -> float:
    """Return the seconds of so many signatures."""
    key = Ed25519PrivateKey.generate()
    rounds, rest = divmod(count, len(messages))
    start = time.perf_counter()
    for _ in range(rounds):
        for message in messages:
            key.sign(message)
    for message in messages[:rest]:
        key.sign(message)
    return time.perf_counter() - start

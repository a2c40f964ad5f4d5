"""The worker as it is run: one process hears, signs, tells, publishes and prints."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from tests.clients import bearer, key_text, serving
from tests.issuance.builders import Desk, a_message, an_approval, an_enrolment, settings_for

from common.broker import Broker
from common.events import EnrolmentsApprovedV1
from common.ids import new_id
from issuance.app import create_app

WITHIN_S = 60.0


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not await holds():
        assert time.monotonic() < deadline, f"not within {WITHIN_S} s: {what}"
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module")
async def running(new_database, amqp_url) -> AsyncIterator[Desk]:
    url = new_database("issuance")
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "AMQP_URL": amqp_url,
        "PUBLIC_URL": "http://testserver",
        "SEALING_KEY": key_text(1),
        "BLIND_INDEX_KEY": key_text(2),
        "EVENT_SEALING_KEY": key_text(3),
        "SESSION_KEY": key_text(4),
        "SIGNING_MASTER_KEY": key_text(9),
        "LOG_LEVEL": "WARNING",
    }
    prepare = [sys.executable, "-m", "issuance.cli", "prepare"]
    await asyncio.to_thread(subprocess.run, prepare, env=environment, check=True)
    worker = subprocess.Popen([sys.executable, "-m", "issuance.worker"], env=environment)  # noqa: ASYNC220
    desk = Desk(settings_for(url), create_async_engine(url))
    try:
        yield desk
    finally:
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, 20) == 0
        await desk.engine.dispose()


async def test_one_process_does_it_all(running, amqp_url):
    async def is_listening() -> bool:
        return bool(await running.rows("SELECT 1 FROM worker_heartbeats"))

    await until(is_listening, "the worker listens")
    enrolment = an_enrolment("SITI AMINAH", region_code="62.05.01.2001")
    event, event_id = an_approval([enrolment]), new_id()
    broker = await Broker.connect(amqp_url, "registry")
    try:
        for _ in range(2):
            message = a_message(event, event_id).decode()
            await broker.send(str(event_id), EnrolmentsApprovedV1.event_type, message)
    finally:
        await broker.close()

    async def is_signed() -> bool:
        card = await running.card_of(enrolment.household_id)
        return card is not None and card.state == "signed"

    await until(is_signed, "the card is signed")
    async with serving(create_app(running.settings)) as client:

        async def is_published() -> bool:
            return (await client.get("/s/0")).status_code == 200

        await until(is_published, "its status list is published")
        printer = bearer("print_shop")
        body = {"batch_id": str(new_id()), "region_code": "62.05.01.2001"}
        await client.post("/v1/print-batches", json=body, headers=printer)
        path = f"/v1/print-batches/{body['batch_id']}"

        async def is_printed() -> bool:
            batch = await client.get(path, headers=printer)
            return bool(batch.json()["state"] == "printed")

        await until(is_printed, "its sheet is printed")
        file = await client.get(f"{path}/file", headers=printer)
        assert file.content.startswith(b"%PDF")
    cards = await running.rows("SELECT state FROM cards")
    assert [card.state for card in cards] == ["printed"]

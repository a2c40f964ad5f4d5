"""The processes as they are run: one hears, tells and prints, the other signs and publishes."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from tests.clients import bearer, serving
from tests.issuance import processes
from tests.issuance.builders import Desk, a_message, an_approval, an_enrolment, settings_for
from tests.issuance.processes import until

from common.broker import Broker
from common.events import EnrolmentsApprovedV1
from common.ids import new_id
from issuance.app import create_app


@pytest_asyncio.fixture(scope="module")
async def running(new_database, amqp_url) -> AsyncIterator[Desk]:
    url = new_database("issuance")
    keyless = processes.environment(url, amqp_url)
    with_keys = processes.signer_environment(url)
    prepare = [sys.executable, "-m", "issuance.cli", "prepare"]
    await asyncio.to_thread(subprocess.run, prepare, env=with_keys, check=True)
    worker = processes.start("issuance.worker", keyless)
    signer = processes.start("issuance.signer", with_keys)
    desk = Desk(settings_for(url), create_async_engine(url))
    try:
        yield desk
    finally:
        codes = [await processes.ended(one) for one in (worker, signer)]
        assert codes == [0, 0]
        await desk.engine.dispose()


async def test_the_worker_hears_and_prints_and_the_signer_signs(running, amqp_url):
    async def is_listening() -> bool:
        return bool(await running.rows("SELECT 1 FROM worker_heartbeats WHERE worker = 'events'"))

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
        taken = {"download_id": str(new_id())}
        file = await client.post(f"{path}/parts/1/downloads", json=taken, headers=printer)
        assert file.content.startswith(b"%PDF")
    cards = await running.rows("SELECT state FROM cards")
    assert [card.state for card in cards] == ["printed"]

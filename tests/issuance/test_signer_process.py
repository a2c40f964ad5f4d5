"""The signer as it is run: it ends when told, loses nothing when killed, and shares its work."""

import asyncio
import json
import signal
from collections import Counter

from sqlalchemy import text
from tests.clients import serving
from tests.issuance import processes
from tests.issuance.builders import Desk, a_desk, an_approval, an_enrolment
from tests.issuance.processes import until

from issuance.app import create_app

CARDS = 800
AN_EVENT_HAS = 400


async def order(desk: Desk, count: int) -> None:
    for _ in range(count // AN_EVENT_HAS):
        assert await desk.hear(an_approval([an_enrolment() for _ in range(AN_EVENT_HAS)]))


async def signed(desk: Desk) -> int:
    ((count,),) = await desk.rows("SELECT count(*) FROM cards WHERE state = 'signed'")
    return int(count)


async def told_of(desk: Desk) -> Counter[str]:
    """How often each card was told of as signed."""
    events = await desk.rows("SELECT envelope FROM outbox WHERE event_type = 'cards.issued.v1'")
    return Counter(
        card["card_id"] for event in events for card in json.loads(event.envelope)["data"]["cards"]
    )


async def assert_each_card_is_signed_once(desk: Desk, count: int) -> None:
    cards = await desk.rows(
        "SELECT card_id, list_number, status_index, version FROM cards WHERE state = 'signed'"
    )
    assert len(cards) == count
    assert len({(card.list_number, card.status_index) for card in cards}) == count
    assert {card.version for card in cards} == {2}
    assert await told_of(desk) == Counter({card.card_id: 1 for card in cards})
    ((places,),) = await desk.rows("SELECT count(*) FROM status_entries")
    assert places in {0, count}


async def test_a_signer_that_is_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    new_database,
):
    url = new_database("issuance")
    desk = await a_desk(url)
    await order(desk, CARDS)
    # What is signed cannot be told: the batch stands just before its commit.
    async with desk.engine.connect() as blocker:
        await blocker.execute(text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
        first = processes.start("issuance.signer", processes.signer_environment(url))

        async def stands() -> bool:
            waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass"
            return bool(await desk.rows(waits))

        await until(stands, "a batch is in hand")
        first.send_signal(signal.SIGKILL)
        assert await asyncio.to_thread(first.wait, processes.ENDS_WITHIN_S) == -signal.SIGKILL
    assert await signed(desk) == 0
    second = processes.start("issuance.signer", processes.signer_environment(url))
    third = processes.start("issuance.signer", processes.signer_environment(url))
    try:

        async def all_signed() -> bool:
            return await signed(desk) == CARDS

        await until(all_signed, "the others sign everything")
    finally:
        codes = [await processes.ended(one) for one in (second, third)]
    assert codes == [0, 0]
    await assert_each_card_is_signed_once(desk, CARDS)
    await desk.engine.dispose()


async def test_a_signer_is_missed_when_it_is_not_there(new_database):
    url = new_database("issuance")
    desk = await a_desk(url)
    async with serving(create_app(desk.settings)) as client:

        async def is_beating() -> bool:
            checks = (await client.get("/readyz")).json()["checks"]
            return bool(checks["signer"]["ok"])

        assert not await is_beating()
        signer = processes.start("issuance.signer", processes.signer_environment(url))
        await until(is_beating, "the signer beats")
        assert await processes.ended(signer) == 0
        await desk.rows(
            "UPDATE worker_heartbeats SET beat_at = now() - interval '20 s' RETURNING 1"
        )
        assert not await is_beating()
    await desk.engine.dispose()


async def test_no_process_becomes_a_signer_without_the_master_key(new_database):
    url = new_database("issuance")
    keyless = processes.start("issuance.signer", processes.environment(url))
    assert await asyncio.to_thread(keyless.wait, processes.ENDS_WITHIN_S) == 1

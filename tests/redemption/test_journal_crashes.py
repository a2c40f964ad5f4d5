"""`kill -9` of a server process that takes a journal in: nothing is lost, nothing counts twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.faults.processes import Api, environment, issuer
from tests.redemption.a_journal import Phone, a_phone
from tests.redemption.locks import until_somebody_waits
from tests.redemption.world import Card, World, an_operator, body_of, left

from redemption.settlement.check_ledger import check_ledger

SEGMENTS = "/v1/journal/segments"
FAMILIES = 4
# Acts by family, of the ledger and of conflicts, and how often the others are told of one.
WRITTEN = {
    "redemptions": "SELECT household_id FROM redemptions WHERE terminal_id = :t",
    "conflicts": "SELECT household_id FROM conflicts WHERE terminal_id = :t",
    "reversals": "SELECT v.household_id FROM reversals v JOIN redemptions r "
    "ON r.id = v.redemption_id AND r.household_id = v.household_id WHERE r.terminal_id = :t",
    "told": "SELECT one->>'household_id' FROM outbox, "
    "jsonb_array_elements(envelope::jsonb->'data'->'redemptions') AS one "
    "WHERE event_type = 'redemptions.recorded.v1' AND one->>'redemption_id' IN "
    "(SELECT id::text FROM redemptions WHERE terminal_id = :t)",
    "lines": "SELECT unnest(act_ids) FROM journal_segments s JOIN journals j "
    "ON j.id = s.journal_id WHERE j.terminal_id = :t",
}
NOTHING = dict.fromkeys(WRITTEN, 0)
# All is written, and the journal's head is not: there it waits.
STOP = (
    "CREATE FUNCTION stop_before_the_end() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_advisory_xact_lock(620099); RETURN NEW; END'",
    "CREATE TRIGGER stop BEFORE INSERT ON journal_segments "
    "FOR EACH ROW EXECUTE FUNCTION stop_before_the_end()",
)
GO_ON = ("DROP TRIGGER stop ON journal_segments", "DROP FUNCTION stop_before_the_end()")


@dataclass
class Mortal:
    """A process of the service, and the file that lets it die before it answers."""

    api: Api
    dies_while: Path


@pytest.fixture
def mortal(world: World, tmp_path: Path) -> Iterator[Mortal]:
    """A process that dies once; the phone then goes on with another."""
    file = tmp_path / "dies"
    with issuer() as issuer_url:
        told = environment(
            world.settings.database_url,
            "amqp://127.0.0.1:1/",
            issuer_url,
            DIES_AT=SEGMENTS,
            DIES_WHILE=str(file),
        )
        api = Api(tmp_path, told, "tests.faults.dying_app:create_app")
        api.start()
        yield Mortal(api, file)
        api.stop()


@asynccontextmanager
async def speaking_to(api: Api, phone: Phone) -> AsyncIterator[None]:
    """Let a phone speak to the process instead of the app in the test's own."""
    before = phone.terminal.client
    async with httpx.AsyncClient(base_url=api.address, timeout=30) as http:
        phone.terminal.client = http
        yield
    phone.terminal.client = before


async def a_day(world: World, client: httpx.AsyncClient) -> tuple[Phone, list[tuple[Card, Any]]]:
    """A phone with lines for four families: one is undone, one was served elsewhere before."""
    families = [await world.a_family() for _ in range(FAMILIES)]
    phone = await a_phone(client)
    colleague = await phone.terminal.sign_in()
    taken = await client.post("/v1/redemptions", json=body_of(*families[-1]), headers=an_operator())
    assert taken.status_code == 201
    given = [phone.give(*one) for one in families]
    phone.undo(given[0], colleague)
    assert (await phone.begin()).status_code == 201
    return phone, families


async def do(world: World, statements: tuple[str, ...]) -> None:
    async with world.engine.begin() as tx:
        for one in statements:
            await tx.execute(text(one))


async def written(world: World, phone: Phone) -> dict[str, int]:
    async with world.engine.connect() as tx:
        asked = {"t": phone.terminal.id}
        found = {name: (await tx.execute(text(sql), asked)).all() for name, sql in WRITTEN.items()}
    return {name: len(rows) for name, rows in found.items()}


async def settled(world: World, phone: Phone, families: list[tuple[Card, Any]]) -> None:
    """The phone sends again; every line counts once, and the first outcomes are told."""
    segment = phone.segment()
    answer = await phone.send(segment)
    assert answer.status_code == 200, answer.text
    found = [one["code"] or one["outcome"] for one in answer.json()["outcomes"]]
    assert found == ["accepted"] * 3 + ["already_redeemed", "accepted"]
    counts = {"redemptions": 3, "conflicts": 1, "reversals": 1, "told": 3, "lines": 5}
    assert await written(world, phone) == counts
    assert (await phone.send(segment)).json() == answer.json()
    assert await written(world, phone) == counts
    rights = [await left(world, card.household_id) for card, _ in families]
    assert rights == [[(1, 150_000)], [(0, 0)], [(0, 0)], [(0, 0)]]
    async with world.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []


async def test_a_process_that_dies_between_commit_and_answer_loses_and_doubles_nothing(
    world: World, client: httpx.AsyncClient, mortal: Mortal
):
    phone, families = await a_day(world, client)
    async with speaking_to(mortal.api, phone):
        mortal.dies_while.touch()
        with pytest.raises(httpx.HTTPError):
            await phone.send(phone.segment())
    mortal.api.kill()
    assert (await written(world, phone))["lines"] == len(phone.lines), "it was not committed"
    await settled(world, phone, families)


async def test_a_process_that_dies_in_the_middle_of_a_segment_has_written_none_of_it(
    world: World, client: httpx.AsyncClient, mortal: Mortal
):
    phone, families = await a_day(world, client)
    await do(world, STOP)
    try:
        async with speaking_to(mortal.api, phone), world.engine.connect() as holder:
            await holder.execute(text("SELECT pg_advisory_lock(620099)"))
            sending = asyncio.create_task(phone.send(phone.segment()))
            await until_somebody_waits(world, holder)
            await asyncio.to_thread(mortal.api.kill)
            with pytest.raises(httpx.HTTPError):
                await sending
            await holder.execute(text("SELECT pg_advisory_unlock(620099)"))
    finally:
        # It waits until what the dead process had begun is over.
        await do(world, GO_ON)
    assert await written(world, phone) == NOTHING
    await settled(world, phone, families)

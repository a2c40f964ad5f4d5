"""`kill -9` in the middle of the work: nothing acknowledged is lost, nothing doubled.

Everything comes back by itself: the tests restart only what they killed.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4  # noqa: TID251 - ids of a made-up history need no order

import pytest
from sqlalchemy import text
from tests import servers
from tests.faults.conftest import Service
from tests.faults.counters import serving
from tests.faults.history import History, faults_in
from tests.faults.listener import bind, listening
from tests.redemption.world import Card, a_benefit, a_cycle, a_list, enrolments, envelope

from common.broker import Broker
from common.events import Benefit
from redemption.settlement.check_ledger import check_ledger

DATABASE_KILLS = 5
API_KILLS = 4
BETWEEN_KILLS = 60
APPLIED_WITHIN_S = 60


async def check(service: Service, history: History) -> None:
    """The database has what the counters were told, and the ledger adds up."""
    assert faults_in(history, await service.lines()) == []
    assert history.refused == {}
    async with service.engine.connect() as tx:
        _, differences = await check_ledger(tx)
    assert differences == []


async def in_thread(act: Callable[[], None]) -> None:
    await asyncio.to_thread(act)


async def test_postgresql_killed_again_and_again(service: Service):
    counters = await service.counters()
    async with serving(counters):
        for _ in range(DATABASE_KILLS):
            await counters.progress(BETWEEN_KILLS)
            await in_thread(service.postgres.kill)
            await in_thread(service.postgres.start)
        await counters.progress(BETWEEN_KILLS)
    assert counters.history.unsure, "no act was in flight when the database died"
    await check(service, counters.history)


async def test_rabbitmq_killed_while_families_go_on_collecting(
    service: Service, own_servers: tuple[servers.Postgres, servers.RabbitMQ]
):
    postgres, _ = own_servers
    counters = await service.counters()
    await bind(service.amqp_url)
    async with serving(counters):
        await counters.progress(BETWEEN_KILLS)
        await in_thread(service.rabbitmq.kill)
        await counters.progress(3 * BETWEEN_KILLS)
    assert counters.history.unsure == set(), "an act waited for the broker"
    await in_thread(service.rabbitmq.start)
    await check(service, counters.history)
    async with listening(postgres.database("common"), service.amqp_url) as listener:
        heard = await listener.until_heard(counters.history.acknowledged)
    assert set(heard) == counters.history.acknowledged
    assert set(heard.values()) == {1}


async def test_the_api_killed_in_the_middle_of_requests(service: Service):
    counters = await service.counters()
    async with serving(counters):
        for _ in range(API_KILLS):
            await counters.progress(BETWEEN_KILLS)
            await in_thread(service.api.kill)
            await in_thread(service.api.start)
        await counters.progress(BETWEEN_KILLS)
    assert counters.history.unsure
    await check(service, counters.history)


async def test_a_poison_message_is_parked_and_others_go_on(service: Service):
    approved = a_list(a_cycle(), [a_benefit()])
    family = Card(service.world.issuer)
    good = enrolments(approved, [family.household_id])
    broken = envelope(approved).replace(b'"closes_on"', b'"closes_at"')
    # A terms clash is refused by the handler, not by the form of the message.
    clash = approved.model_copy(
        update={"list_id": family.household_id, "benefits": _dearer(approved.benefits)}
    )
    broker = await Broker.connect(service.amqp_url, "tests")
    kind = approved.event_type
    for number, body in enumerate((envelope(approved), b"{not json", broken, envelope(clash))):
        await broker.send(f"poison-{number}", kind, body.decode())
    await broker.send("good", good.event_type, envelope(good).decode())
    await broker.close()
    async with asyncio.timeout(APPLIED_WITHIN_S):
        state = await _state(service, family)
        while state != (1, 3):
            await asyncio.sleep(0.1)
            state = await _state(service, family)


def _dearer(benefits: tuple[Benefit, ...]) -> tuple[Benefit, ...]:
    return tuple(one.model_copy(update={"amount_rupiah": 999_000}) for one in benefits)


async def _state(service: Service, family: Card) -> tuple[int, int]:
    """How many rights the family has, and how many messages are parked."""
    async with service.engine.connect() as tx:
        rights = await tx.scalar(
            text("SELECT count(*) FROM entitlements WHERE household_id = :h"),
            {"h": family.household_id},
        )
        parked = await tx.scalar(text("SELECT count(*) FROM dead_letters"))
    return int(rights or 0), int(parked or 0)


# ---- controls: these tests can fail ----


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda _, rows: rows.pop(), "acknowledged and lost"),
        (lambda _, rows: rows.append(rows[0]), "written twice"),
        (lambda h, rows: rows.append((_tried(h), rows[0][1])), "collected twice"),
        (lambda _, rows: rows.append((uuid4(), uuid4())), "nobody asked for"),
        (lambda h, rows: h.refused.update({rows[0][0]: "card_revoked"}), "refused and written"),
    ],
    ids=["lost", "twice", "two for one family", "from nowhere", "refused"],
)
def test_the_judge_sees_each_kind_of_fault(spoil, said: str):
    rows = [(uuid4(), uuid4()) for _ in range(5)]
    history = History(tried={one for one, _ in rows}, acknowledged={one for one, _ in rows})
    assert faults_in(history, rows) == []
    spoil(history, rows)
    assert any(sentence.startswith(said) for sentence in faults_in(history, rows))


def _tried(history: History) -> UUID:
    act = uuid4()
    history.tried.add(act)
    return act


async def test_the_same_kill_loses_commits_that_were_not_made_to_last(service: Service):
    """With synchronous_commit off the same `kill -9` loses acknowledged work: the kill is real."""
    acknowledged: set[int] = set()
    async with service.engine.connect() as connection:
        await connection.execute(text("CREATE TABLE written (id int)"))
        await connection.commit()
        await connection.execute(text("SET synchronous_commit = off"))
        await connection.commit()
        for number in range(300):
            await connection.execute(text("INSERT INTO written VALUES (:n)"), {"n": number})
            await connection.commit()
            acknowledged.add(number)
        await in_thread(service.postgres.kill)
        await connection.invalidate()
    await in_thread(service.postgres.start)
    async with service.engine.connect() as connection:
        kept = set((await connection.execute(text("SELECT id FROM written"))).scalars())
    assert acknowledged - kept

"""Acts that share a transaction: each gets its own truth, and one that fails hurts no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.redemption.world import (
    FOOD_POINT,
    NOW,
    Card,
    Issuer,
    World,
    a_benefit,
    an_operator,
    body_of,
    left,
)

from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.database import new_engine
from common.ids import new_id
from common.problems import Refused
from redemption.cards.identify import Presented, TrustedKeys
from redemption.redeeming.lines import Redemption
from redemption.redeeming.redeem import Act, redeem_all
from redemption.redeeming.rules import Wanted
from redemption.redeeming.till import Till
from redemption.settlement.check_ledger import check_ledger

REDEEM = "/v1/redemptions"
FAMILIES = 24


async def lines_of(world: World, *cards: Card) -> Counter[Any]:
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text("SELECT household_id FROM redemptions WHERE household_id = ANY(:h)"),
            {"h": [card.household_id for card in cards]},
        )
        _, differences = await check_ledger(tx)
    assert differences == []
    return Counter(rows.scalars())


@asynccontextmanager
async def trouble_with(world: World, card: Card, *, at_commit: bool) -> AsyncIterator[None]:
    """The database refuses the lines of one family, at once or only when it is to commit."""
    kind = "CONSTRAINT TRIGGER" if at_commit else "TRIGGER"
    when = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF NEW.household_id = '{card.household_id}' THEN "
                "RAISE EXCEPTION 'not this one' USING ERRCODE = '23514'; END IF; "
                "RETURN NEW; END $$"
            )
        )
        await tx.execute(
            text(
                f"CREATE {kind} one_fails AFTER INSERT ON redemptions {when} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_one()"
            )
        )
    try:
        yield
    finally:
        async with world.engine.begin() as tx:
            await tx.execute(text("DROP TRIGGER one_fails ON redemptions"))
            await tx.execute(text("DROP FUNCTION refuse_one"))


@pytest.mark.parametrize("at_commit", [False, True])
async def test_a_line_that_fails_in_the_middle_fails_alone(
    world: World, client: httpx.AsyncClient, at_commit: bool
):
    pairs = [await world.a_family() for _ in range(FAMILIES)]
    guilty = pairs[FAMILIES // 2][0]
    headers = an_operator()
    bodies = [body_of(*pair) for pair in pairs]
    async with trouble_with(world, guilty, at_commit=at_commit):
        answers = await asyncio.gather(
            *(client.post(REDEEM, json=body, headers=headers) for body in bodies)
        )
    codes = [answer.status_code for answer in answers]
    assert Counter(codes) == {201: FAMILIES - 1, 500: 1}
    assert codes[FAMILIES // 2] == 500
    written = await lines_of(world, *(card for card, _ in pairs))
    assert set(written.values()) == {1}
    assert guilty.household_id not in written
    # The trouble is over: the same act, sent again, is written now.
    again = await client.post(REDEEM, json=bodies[FAMILIES // 2], headers=headers)
    assert again.status_code == 201


async def test_forged_foreign_and_expired_codes_hurt_no_neighbour(
    world: World, client: httpx.AsyncClient
):
    pairs = [await world.a_family() for _ in range(FAMILIES)]
    some, approved = pairs[0]
    forged = some.token[:-2] + ("00" if some.token[-2:] != "00" else "11")
    bad = {
        "forged": forged,
        "foreign": Issuer().token(some),
        "expired": world.issuer.token(some, expires_at=NOW - timedelta(minutes=1)),
        "typed": some.number[:-1] + ("0" if some.number[-1] != "0" else "1"),
        "nonsense": "BUKAN KARTU HUMA BETANG SAMA SEKALI",
    }
    headers = an_operator()
    bodies = [body_of(*pair) for pair in pairs]
    bad_bodies = [body_of(some, approved, card=shown) for shown in bad.values()]
    mixed = [one for pair in zip(bodies, bad_bodies * 5, strict=False) for one in pair]
    answers = await asyncio.gather(
        *(client.post(REDEEM, json=body, headers=headers) for body in mixed)
    )
    good, refused = answers[0::2], answers[1::2]
    assert {answer.status_code for answer in good} == {201}
    assert {answer.json()["code"] for answer in refused} == {
        "card_not_genuine",
        "card_key_unknown",
        "card_expired",
        "card_number_mistyped",
        "card_unreadable",
    }
    assert set((await lines_of(world, *(card for card, _ in pairs))).values()) == {1}


async def test_a_client_that_goes_away_changes_nothing_for_the_others(
    world: World, client: httpx.AsyncClient
):
    pairs = [await world.a_family(a_benefit(quantity=2)) for _ in range(FAMILIES)]
    headers = an_operator()
    bodies = [body_of(*pair) for pair in pairs]
    async with world.engine.connect() as tx:
        # Holds one family's right, so that the batch with it waits and clients lose patience.
        await tx.execute(
            text("SELECT 1 FROM entitlements WHERE household_id = :h FOR UPDATE"),
            {"h": pairs[0][0].household_id},
        )
        tasks = [
            asyncio.create_task(client.post(REDEEM, json=body, headers=headers)) for body in bodies
        ]
        await asyncio.wait(tasks, timeout=0.3)
        for task in tasks[::3]:
            task.cancel()
        await tx.rollback()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert {one.status_code for one in answers if isinstance(one, httpx.Response)} == {201}
    # Whoever went away finds the one truth by asking again.
    again = await asyncio.gather(
        *(client.post(REDEEM, json=body, headers=headers) for body in bodies)
    )
    assert {answer.status_code for answer in again} == {201}
    written = await lines_of(world, *(card for card, _ in pairs))
    assert len(written) == FAMILIES
    assert set(written.values()) == {1}


def an_act(card: Card, approved: Any, **changes: Any) -> Act:
    roles = frozenset({"partner_operator"})
    caller = Principal("0193-operator", "Orang Uji", roles, permissions_of(roles), (), FOOD_POINT)
    wanted = Wanted(
        id=new_id(),
        shown=card.number,
        entitlement_id=None,
        benefit_id=approved.benefits[0].benefit_id,
        cycle_id=approved.cycle.cycle_id,
        quantity=None,
        amount_rupiah=None,
        holder_check="name_compared",
    )
    return Act(caller, replace(wanted, **changes), NOW, Presented(card.card_id, "typed"))


@asynccontextmanager
async def a_till(world: World, pool_size: int = 2) -> AsyncIterator[tuple[Till, Any]]:
    engine = new_engine(world.settings.database_url, application_name="till", pool_size=pool_size)
    yield Till(lambda: engine, TrustedKeys()), engine
    await engine.dispose()


async def outcome(redeem: Callable[[Act], Awaitable[Any]], act: Act) -> str:
    try:
        await redeem(act)
    except Refused as refusal:
        return refusal.code
    return "written"


async def test_without_a_connection_the_outcome_is_said_to_be_unknown_and_found_later(world: World):
    pairs = [await world.a_family() for _ in range(6)]
    acts = [an_act(*pair) for pair in pairs]
    async with a_till(world, pool_size=1) as (till, engine):
        engine.pool._timeout = 0.2
        async with engine.connect():
            found = await asyncio.gather(*(outcome(till.redeem, act) for act in acts))
        assert set(found) == {"outcome_unknown"}
        assert await lines_of(world, *(card for card, _ in pairs)) == {}
        found = await asyncio.gather(*(outcome(till.redeem, act) for act in acts))
        assert set(found) == {"written"}


async def killed(world: World) -> int:
    """End the till's connections that wait for a lock; return how many there were."""
    kill = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = 'till' AND wait_event_type = 'Lock'"
    )
    async with world.engine.connect() as tx:
        return int(await tx.scalar(text(kill)) or 0)


async def test_a_connection_that_dies_in_a_batch_is_an_unknown_outcome_and_never_a_success(
    world: World,
):
    pairs = [await world.a_family() for _ in range(FAMILIES)]
    acts = [an_act(*pair) for pair in pairs]
    async with a_till(world) as (till, _engine):
        async with world.engine.connect() as tx:
            held = [card.household_id for card, _ in pairs]
            sql = "SELECT 1 FROM entitlements WHERE household_id = ANY(:h) FOR UPDATE"
            await tx.execute(text(sql), {"h": held})
            tasks = [asyncio.create_task(outcome(till.redeem, act)) for act in acts]
            async with asyncio.timeout(5):
                while not await killed(world):
                    pass
            await tx.rollback()
        found = Counter(await asyncio.gather(*tasks))
        assert found["outcome_unknown"] > 0
        assert found.keys() <= {"outcome_unknown", "written"}
        written = await lines_of(world, *(card for card, _ in pairs))
        assert sum(written.values()) == found["written"]
        assert {await outcome(till.redeem, act) for act in acts} == {"written"}


async def test_a_right_that_somebody_holds_for_long_keeps_nobody_else_waiting_for_ever(
    world: World,
):
    slow, its = await world.a_family()
    pairs = [await world.a_family() for _ in range(6)]
    async with a_till(world, pool_size=6) as (till, _engine), world.engine.connect() as tx:
        await tx.execute(
            text("SELECT 1 FROM entitlements WHERE household_id = :h FOR UPDATE"),
            {"h": slow.household_id},
        )
        waits = asyncio.create_task(outcome(till.redeem, an_act(slow, its)))
        found = await asyncio.gather(*(outcome(till.redeem, an_act(*pair)) for pair in pairs))
        assert set(found) == {"written"}
        await tx.rollback()
        assert await waits in {"written", "outcome_unknown"}


async def test_whoever_comes_as_the_last_committer_leaves_is_served(world: World):
    pairs = [await world.a_family() for _ in range(3)]
    acts = [an_act(*pair) for pair in pairs]
    goes_on = asyncio.Event()

    class Still(Till):
        """One whose transactions all end in the same moment."""

        async def _in_one(self, acts: Any) -> list[Any]:
            await goes_on.wait()
            return [Refused("card_unknown") for _ in acts]

    till = Still(lambda: world.engine, TrustedKeys())

    async def late() -> str:
        await goes_on.wait()
        return await outcome(till.redeem, acts[2])

    tasks = []
    for act in acts[:2]:
        tasks.append(asyncio.create_task(outcome(till.redeem, act)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    tasks.append(asyncio.create_task(late()))
    await asyncio.sleep(0)
    goes_on.set()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*tasks) == ["card_unknown"] * 3


async def test_an_act_that_fails_by_its_companion_takes_nothing_from_its_neighbours(world: World):
    family, approved = await world.a_family(a_benefit(kind="balance", amount_rupiah=1_000))
    first = an_act(family, approved, amount_rupiah=800, companion_id=new_id())
    second = an_act(family, approved, amount_rupiah=500)
    async with world.engine.begin() as tx:
        refused, written = await redeem_all(tx, TrustedKeys(), [first, second])
    assert isinstance(refused, Refused)
    assert refused.code == "companion_not_noted"
    assert isinstance(written, Redemption)
    assert written.remaining_rupiah == 500
    assert await left(world, family.household_id) == [(0, 500)]


async def test_a_till_that_is_closed_answers_all_that_it_took(world: World):
    pairs = [await world.a_family() for _ in range(6)]
    async with a_till(world) as (till, _engine):
        tasks = [asyncio.create_task(till.redeem(an_act(*pair))) for pair in pairs]
        await asyncio.sleep(0)
        await till.drain()
        assert all(task.done() or task.get_coro() for task in tasks)
        lines = await asyncio.gather(*tasks)
    assert {line.household_id for line in lines} == {card.household_id for card, _ in pairs}
    assert await left(world, pairs[0][0].household_id) == [(0, 0)]

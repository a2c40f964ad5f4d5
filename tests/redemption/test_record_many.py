"""Many redemptions in one transaction: each gets its own truth, and the batch nobody's else's."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.redemption.world import FOOD_POINT, NOW, Card, World, a_benefit, left

from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.redeeming.lines import Redemption
from redemption.redeeming.record_many import find_many, lock_situations, record_many
from redemption.redeeming.rules import Attempt, Wanted
from redemption.redeeming.rules_of_many import Again, judge_all
from redemption.settlement.check_ledger import check_ledger


def lines_of(judged_: list[Redemption | Refused | Again]) -> list[Redemption]:
    """The lines to be written, where each attempt has one."""
    lines = [one for one in judged_ if isinstance(one, Redemption)]
    assert len(lines) == len(judged_)
    return lines


def attempt(card: Card, approved: Any, nth: int = 0, **changes: Any) -> Attempt:
    wanted = Wanted(
        id=new_id(),
        shown=card.number,
        entitlement_id=None,
        benefit_id=approved.benefits[nth].benefit_id,
        cycle_id=approved.cycle.cycle_id,
        quantity=None,
        amount_rupiah=None,
        holder_check="name_compared",
    )
    return Attempt(
        wanted=replace(wanted, **changes),
        card_id=card.card_id,
        card_reading="scanned",
        partner_id=FOOD_POINT,
        operator="0193-operator",
        operator_name="Orang Uji",
        at=NOW,
    )


async def judged(world: World, attempts: list[Attempt]) -> tuple[list[Any], list[int | None]]:
    async def act(tx: Any) -> tuple[list[Any], list[int | None]]:
        verdicts = judge_all(attempts, await lock_situations(tx, attempts))
        lines = [one for one in verdicts if isinstance(one, Redemption)]
        return verdicts, await record_many(tx, lines)

    found: tuple[list[Any], list[int | None]] = await in_transaction(world.engine, act)
    return found


async def test_two_attempts_on_one_right_are_judged_one_after_the_other(world: World):
    family, approved = await world.a_family(a_benefit(kind="balance", amount_rupiah=1_000))
    other, its = await world.a_family()
    tries = [
        attempt(family, approved, amount_rupiah=600),
        attempt(family, approved, amount_rupiah=600),
        attempt(other, its),
        attempt(family, approved, amount_rupiah=400),
    ]
    verdicts, versions = await judged(world, tries)
    assert [getattr(one, "remaining_rupiah", None) for one in verdicts] == [400, None, 0, 0]
    assert isinstance(verdicts[1], Refused)
    assert verdicts[1].facts["remaining_rupiah"] == 400
    assert versions == [2, 2, 3]
    assert await left(world, family.household_id) == [(0, 0)]


async def test_an_id_that_is_there_twice_takes_once(world: World):
    family, approved = await world.a_family(a_benefit(quantity=5))
    one = attempt(family, approved)
    verdicts, _ = await judged(
        world, [one, one, replace(one, wanted=replace(one.wanted, quantity=2))]
    )
    assert all(isinstance(one, Again) for one in verdicts[1:])
    assert await left(world, family.household_id) == [(4, 600_000)]
    again, versions = await judged(world, [one])
    assert (isinstance(again[0], Again), versions) == (True, [])
    async with world.engine.connect() as tx:
        assert (await find_many(tx, [one.wanted.id, new_id()])).keys() == {one.wanted.id}


async def test_a_line_that_was_written_meanwhile_spoils_its_right_only(world: World):
    family, approved = await world.a_family(a_benefit(quantity=5))
    other, its = await world.a_family()
    first = attempt(family, approved)
    tries = [first, attempt(family, approved), attempt(other, its)]
    async with world.engine.begin() as tx:
        stale = lines_of(judge_all(tries, await lock_situations(tx, tries)))
    await judged(world, [first])
    async with world.engine.begin() as tx:
        assert await record_many(tx, stale) == [None, None, 2]
    assert await left(world, family.household_id) == [(4, 600_000)]


async def test_a_card_that_ceased_to_count_is_not_written(world: World):
    family, approved = await world.a_family()
    other, its = await world.a_family()
    tries = [attempt(family, approved), attempt(other, its)]
    async with world.engine.begin() as tx:
        stale = lines_of(judge_all(tries, await lock_situations(tx, tries)))
    await world.status(family, "revoked", 2)
    async with world.engine.begin() as tx:
        assert await record_many(tx, stale) == [None, 2]


async def test_batches_in_opposite_orders_never_wait_in_a_circle(world: World):
    pairs = [await world.a_family(a_benefit(quantity=50)) for _ in range(6)]

    async def one_batch(number: int) -> None:
        order = pairs if number % 2 else pairs[::-1]
        await judged(world, [attempt(*pair) for pair in order])

    await asyncio.gather(*(one_batch(number) for number in range(30)))
    async with world.engine.connect() as tx:
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert await tx.scalar(text(deadlocks)) == 0
        _, differences = await check_ledger(tx)
    assert differences == []
    assert await left(world, pairs[0][0].household_id) == [(20, 3_000_000)]


async def test_unknown_cards_partners_and_rights_leave_their_neighbours_alone(world: World):
    family, approved = await world.a_family()
    stranger = Card(world.issuer)
    tries = [
        attempt(stranger, approved),
        replace(attempt(family, approved), partner_id=new_id()),
        attempt(family, approved, entitlement_id=UUID(int=5)),
        attempt(family, approved),
    ]
    verdicts, versions = await judged(world, tries)
    codes = [getattr(one, "code", "") for one in verdicts]
    assert codes == ["card_unknown", "no_partner", "not_entitled", ""]
    assert versions == [2]


async def test_one_id_in_two_lines_is_an_error_of_the_caller(world: World):
    family, approved = await world.a_family(a_benefit(quantity=5))
    one = attempt(family, approved)
    async with world.engine.begin() as tx:
        (line,) = lines_of(judge_all([one], await lock_situations(tx, [one])))
        with pytest.raises(ValueError, match="one id"):
            await record_many(tx, [line, line])

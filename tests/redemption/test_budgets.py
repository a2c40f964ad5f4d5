"""The ceiling of a cycle: never passed, raised by two people, and nothing is lost meanwhile."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from tests.redemption.rights import a_person, differences, enrolled, rows, run, somebody, value
from tests.redemption.test_standings import ended
from tests.redemption.world import (
    NOW,
    World,
    a_benefit,
    a_cycle,
    a_list,
    enrolments,
    envelope,
)

from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.entitlements.open_rights import open_held
from redemption.entitlements.raise_ceiling import decide_raise, propose_raise

BUDGET = "SELECT said_rupiah, ceiling_rupiah, opened_rupiah FROM budgets WHERE cycle_id = :c"
RIGHTS = "SELECT count(*) FROM entitlements WHERE cycle_id = :c"


async def raise_to(world: World, cycle_id, rupiah: int) -> None:
    raise_id = new_id()

    async def propose(tx):
        await propose_raise(
            tx,
            somebody(),
            raise_id,
            cycle_id=cycle_id,
            ceiling_rupiah=rupiah,
            decree_number="SK-UJI/2",
            decree_on=NOW.date(),
            reason="Tambahan anggaran",
        )

    await in_transaction(world.engine, propose)
    await in_transaction(
        world.engine, lambda tx: decide_raise(tx, somebody(), raise_id, is_approved=True, at=NOW)
    )


async def test_many_batches_at_once_never_open_more_than_the_ceiling(world: World):
    cycle = a_cycle(budget_rupiah=7 * 2 * 150_000 + 1)
    approved = a_list(cycle, [a_benefit()])
    await world.tell(approved)
    told = [enrolments(approved, [new_id(), new_id()], batch=n) for n in range(1, 21)]
    assert all(await asyncio.gather(*(world.deliver(envelope(one)) for one in told)))
    assert await value(world, RIGHTS, c=cycle.cycle_id) == 14
    held = "SELECT count(*), sum(families) FROM held_openings WHERE cycle_id = :c"
    assert tuple((await rows(world, held, c=cycle.cycle_id))[0]) == (13, 26)
    assert await differences(world) == []


async def test_a_batch_is_held_whole_and_opened_by_a_person_after_the_ceiling_was_raised(
    world: World,
):
    cycle = a_cycle(budget_rupiah=500_000)
    fee = a_benefit(code="SEKOLAH", kind="fee", subject="person", partner_kinds=("school",))
    approved = a_list(cycle, [a_benefit(), fee])
    one, two = new_id(), new_id()
    first = enrolled(approved, {one: [a_person(world, fee)]}, 1)
    second = enrolled(approved, {two: [a_person(world, fee), a_person(world, fee)]}, 2)
    for event in (first, second, approved, second):
        await world.tell(event)
    assert await value(world, RIGHTS, c=cycle.cycle_id) == 2
    waits = "SELECT batch, families, needed_rupiah FROM held_openings WHERE cycle_id = :c"
    found = [tuple(row) for row in await rows(world, waits, c=cycle.cycle_id)]
    assert found == [(2, 1, 450_000)]

    async def try_open():
        caller = somebody()
        return await in_transaction(
            world.engine, lambda tx: open_held(tx, caller, cycle.cycle_id, NOW)
        )

    with pytest.raises(Refused, match="over_ceiling_still"):
        await try_open()
    await raise_to(world, cycle.cycle_id, 750_000)
    opened = await try_open()
    assert (opened.batches, opened.families, opened.is_more) == (1, 1, False)
    await world.tell(second)
    assert await value(world, RIGHTS, c=cycle.cycle_id) == 5
    assert [tuple(row) for row in await rows(world, BUDGET, c=cycle.cycle_id)] == [
        (500_000, 750_000, 750_000)
    ]
    with pytest.raises(Refused, match="nothing_held"):
        await try_open()
    assert await differences(world) == []


async def test_two_people_opening_at_once_open_each_batch_once(world: World):
    cycle = a_cycle(budget_rupiah=0)
    approved = a_list(cycle, [a_benefit()])
    await world.tell(approved)
    for batch in range(1, 4):
        await world.tell(enrolments(approved, [new_id()], batch=batch))
    await raise_to(world, cycle.cycle_id, 300_000)

    async def one_of_them():
        try:
            return await in_transaction(
                world.engine, lambda tx: open_held(tx, somebody(), cycle.cycle_id, NOW)
            )
        except Refused as refusal:
            return refusal.code

    answers = await asyncio.gather(*(one_of_them() for _ in range(4)))
    assert sum(answer == "over_ceiling_still" for answer in answers) == 3
    assert await value(world, RIGHTS, c=cycle.cycle_id) == 2


async def test_nobody_raises_a_ceiling_alone_or_lowers_it(world: World):
    cycle = a_cycle(budget_rupiah=500_000)
    await world.tell(a_list(cycle, [a_benefit()]))
    maker, raise_id = somebody(), new_id()

    def propose(rupiah: int, caller=maker, this=raise_id):
        return in_transaction(
            world.engine,
            lambda tx: propose_raise(
                tx,
                caller,
                this,
                cycle_id=cycle.cycle_id,
                ceiling_rupiah=rupiah,
                decree_number="SK-UJI/2",
                decree_on=NOW.date(),
                reason="Tambahan anggaran",
            ),
        )

    def decide(caller, *, is_approved: bool = True):
        return in_transaction(
            world.engine,
            lambda tx: decide_raise(tx, caller, raise_id, is_approved=is_approved, at=NOW),
        )

    with pytest.raises(Refused, match="ceiling_not_raised"):
        await propose(500_000)
    with pytest.raises(Refused, match="outside_your_regions"):
        await propose(600_000, somebody(regions=("62.71",)))
    await propose(600_000)
    await propose(600_000)
    with pytest.raises(Refused, match="id_reused"):
        await propose(700_000)
    with pytest.raises(Refused, match="proposal_waits"):
        await propose(700_000, this=new_id())
    with pytest.raises(Refused, match="maker_decides"):
        await decide(maker)
    with pytest.raises(DBAPIError, match="two_people"):
        await run(
            world,
            "UPDATE budget_raises SET outcome = 'approved', decided_by = proposed_by, "
            "decided_by_name = 'x', decided_at = now() WHERE id = :id",
            id=raise_id,
        )
    other = somebody()
    await decide(other)
    await decide(other)
    with pytest.raises(Refused, match="decided_already"):
        await decide(somebody(), is_approved=False)
    assert (await rows(world, BUDGET, c=cycle.cycle_id))[0].ceiling_rupiah == 600_000


async def test_the_database_itself_refuses_to_pass_a_ceiling(world: World):
    cycle = a_cycle(budget_rupiah=500_000)
    await world.tell(a_list(cycle, [a_benefit()]))
    with pytest.raises(DBAPIError, match="ck_budgets_ceiling"):
        await run(
            world,
            "UPDATE budgets SET opened_rupiah = 500001 WHERE cycle_id = :c",
            c=cycle.cycle_id,
        )


async def test_two_lists_that_say_different_ceilings_are_not_guessed(world: World):
    cycle, benefit = a_cycle(budget_rupiah=500_000), a_benefit()
    await world.tell(a_list(cycle, [benefit]))
    other = cycle.model_copy(update={"budget_rupiah": 900_000})
    assert not await world.deliver(envelope(a_list(other, [benefit])))
    silent = cycle.model_copy(update={"budget_rupiah": None})
    await world.tell(a_list(silent, [benefit]))
    assert (await rows(world, BUDGET, c=cycle.cycle_id))[0].ceiling_rupiah == 500_000


async def test_what_ends_frees_nothing_of_the_ceiling(world: World):
    cycle = a_cycle(budget_rupiah=150_000)
    approved = a_list(cycle, [a_benefit()])
    await world.tell(approved)
    one = new_id()
    await world.tell(enrolments(approved, [one], batch=1))

    await world.tell(ended(approved, one))
    await world.tell(enrolments(approved, [new_id()], batch=2))
    assert await value(world, RIGHTS, c=cycle.cycle_id) == 1
    assert (await rows(world, BUDGET, c=cycle.cycle_id))[0].opened_rupiah == 150_000

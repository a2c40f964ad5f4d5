"""What is left at the end of a cycle expires once, whoever is stopped halfway."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.redemption.rights import differences, rows, run, value
from tests.redemption.test_standings import ended
from tests.redemption.world import NOW, World, a_benefit, a_cycle, a_list, enrolments, left

from common.ids import new_id
from redemption.entitlements import expire

EXPIRED = "SELECT count(*), sum(quantity) FROM expiries WHERE cycle_id = :c"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expire, "BATCH", 3)


async def a_cycle_that_is_over(world: World, families: int, *benefits):
    approved = a_list(a_cycle(), benefits or [a_benefit(quantity=2)])
    household_ids = [new_id() for _ in range(families)]
    await world.tell(approved)
    await world.tell(enrolments(approved, household_ids))
    await run(
        world,
        "UPDATE cycles SET opens_on = opens_on - 100, closes_on = CAST(:d AS date) WHERE id = :c",
        d=NOW.date() - timedelta(days=2),
        c=approved.cycle.cycle_id,
    )
    return approved, household_ids


class Killed(Exception):
    pass


@pytest.mark.usefixtures("small_batches")
async def test_expiring_that_is_killed_midway_goes_on_and_nothing_expires_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    # What other tests left behind expires before: the batches below are this cycle's.
    await expire.expire_cycles(world.engine)
    approved, household_ids = await a_cycle_that_is_over(world, 10)
    cycle = {"c": approved.cycle.cycle_id}
    real, calls = expire.expire_batch, 0

    async def dies_in_the_third(*arguments):
        nonlocal calls
        calls += 1
        answer = await real(*arguments)
        if calls == 3:
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(expire, "expire_batch", dies_in_the_third)
        with pytest.raises(Killed):
            await expire.expire_cycles(world.engine)
    assert tuple((await rows(world, EXPIRED, **cycle))[0]) == (6, 12)
    both = await asyncio.gather(
        expire.expire_cycles(world.engine), expire.expire_cycles(world.engine)
    )
    assert sum(one.get(approved.cycle.cycle_id, 0) for one in both) == 4
    assert tuple((await rows(world, EXPIRED, **cycle))[0]) == (10, 20)
    assert await left(world, household_ids[0]) == [(0, 0)]
    assert await expire.expire_cycles(world.engine) == {}
    assert await differences(world) == []


async def test_what_is_kept_or_set_aside_does_not_expire_until_that_is_over(world: World):
    care = a_benefit(code="PERIKSA", kind="service", quantity=2)
    approved, (kept, leased) = await a_cycle_that_is_over(world, 2, care)
    await world.tell(
        ended(approved, kept, grace_until=NOW + timedelta(days=30), kept=[care.benefit_id])
    )
    await run(
        world,
        "UPDATE entitlements SET lease_id = :l, lease_terminal_id = :l, "
        "leased_until = now() + interval '1 hour' WHERE household_id = :h",
        l=new_id(),
        h=leased,
    )
    assert approved.cycle.cycle_id not in await expire.expire_cycles(world.engine)
    later = datetime.now(UTC) + timedelta(hours=2)
    assert (await expire.expire_cycles(world.engine, later))[approved.cycle.cycle_id] == 1
    assert await left(world, leased) == [(0, 0)]
    much_later = NOW + timedelta(days=31)
    # Cycles of other tests may be over by then; this one's last right is.
    assert (await expire.expire_cycles(world.engine, much_later))[approved.cycle.cycle_id] == 1
    assert await differences(world) == []


async def test_a_running_cycle_keeps_everything(world: World):
    family, approved = await world.a_family()
    await expire.expire_cycles(world.engine)
    assert await left(world, family.household_id) == [(1, 150_000)]
    assert await value(world, EXPIRED, c=approved.cycle.cycle_id) == 0

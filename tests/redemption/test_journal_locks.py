"""A segment takes all that it touches in one order, so that two never wait in a circle."""

import asyncio
from typing import Any

import httpx2 as httpx
from sqlalchemy import text
from tests.redemption.a_journal import a_phone
from tests.redemption.locks import until_somebody_waits
from tests.redemption.world import VILLAGE, Card, World, a_benefit, left

from common.ids import new_id
from common.sealed import BlindIndex, Sealer
from redemption.companions.known import Keys, Person, lock_of, mark_of_name
from redemption.companions.queries import LOCK_MARK

HOLD = text("SELECT 1 FROM entitlements WHERE household_id = :h FOR UPDATE")
TRY = text("SELECT 1 FROM entitlements WHERE household_id = :h FOR UPDATE SKIP LOCKED")
TRY_MARK = text("SELECT pg_try_advisory_xact_lock(620022, :key)")


async def is_free(world: World, card: Card) -> bool:
    async with world.engine.connect() as tx:
        return await tx.scalar(TRY, {"h": card.household_id}) is not None


async def families(world: World) -> list[tuple[Card, Any]]:
    """Two families, in the order in which their rights are taken."""
    found = [await world.a_family(a_benefit(quantity=3)) for _ in range(2)]
    return sorted(found, key=lambda one: one[0].household_id.bytes)


async def test_a_reversal_takes_its_right_in_the_order_of_all_others(
    world: World, client: httpx.AsyncClient
):
    first, last = await families(world)
    phone = await a_phone(client)
    colleague = await phone.terminal.sign_in()
    wrong = phone.give(*first)
    assert (await phone.sync())[0]["outcome"] == "accepted"
    phone.give(*last)
    phone.undo(wrong, colleague)
    async with world.engine.connect() as holder:
        await holder.execute(HOLD, {"h": first[0].household_id})
        sending = asyncio.create_task(phone.sync())
        await until_somebody_waits(world, holder)
        # Whoever waits for the first right holds no later one.
        assert await is_free(world, last[0])
        await holder.rollback()
    assert [one["outcome"] for one in await sending] == ["accepted"] * 2
    assert [await left(world, card.household_id) for card, _ in (first, last)] == [
        [(3, 450_000)],
        [(2, 300_000)],
    ]


async def test_whoever_collects_is_held_in_one_order_too(world: World, client: httpx.AsyncClient):
    own = world.settings
    keys = Keys(
        Sealer(own.sealing_key.get_secret_value()),
        BlindIndex(own.blind_index_key.get_secret_value()),
    )
    both = await families(world)
    phone = await a_phone(client)
    names = [f"Wakil {new_id().hex}" for _ in both]
    locks = {one: lock_of(mark_of_name(keys, Person(one), VILLAGE)) for one in names}
    first, last = sorted(names, key=locks.__getitem__)
    for family, name in zip(both, (last, first), strict=True):
        phone.give(*family, companion={"name": name, "relation": "neighbour", "reason": "sakit"})
    async with world.engine.connect() as holder:
        await holder.execute(LOCK_MARK, {"key": locks[first]})
        sending = asyncio.create_task(phone.sync())
        await until_somebody_waits(world, holder)
        assert await holder.scalar(TRY_MARK, {"key": locks[last]})
        await holder.rollback()
    assert [one["outcome"] for one in await sending] == ["accepted"] * 2

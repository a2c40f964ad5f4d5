"""A balance may only be changed to what the lines of its ledger say."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.redemption.world import World, a_benefit, left

CHANGES = {
    "more than the lines": "remaining_quantity = remaining_quantity + 1",
    "less than the lines": "remaining_quantity = remaining_quantity - 1",
    "other rupiah": "remaining_rupiah = remaining_rupiah - 1",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_balance_without_its_line_is_refused_by_the_database(world: World, change: str):
    family, _ = await world.a_family(a_benefit(quantity=3))
    statement = f"UPDATE entitlements SET {CHANGES[change]} WHERE household_id = :h"  # noqa: S608
    with pytest.raises(IntegrityError, match="differs from the lines") as refused:
        async with world.engine.begin() as tx:
            await tx.execute(text(statement), {"h": family.household_id})
    assert refused.value.orig.sqlstate == "23514"  # type: ignore[union-attr]
    assert await left(world, family.household_id) == [(3, 450_000)]


async def test_one_wrong_row_among_many_is_found(world: World):
    families = [(await world.a_family(a_benefit(quantity=3)))[0] for _ in range(3)]
    ids = [family.household_id for family in families]
    with pytest.raises(IntegrityError, match="differs from the lines"):
        async with world.engine.begin() as tx:
            await tx.execute(
                text(
                    "UPDATE entitlements SET version = version + 1, remaining_quantity = "
                    "remaining_quantity - CASE WHEN household_id = :one THEN 1 ELSE 0 END "
                    "WHERE household_id = ANY(:all)"
                ),
                {"one": ids[1], "all": ids},
            )


async def test_what_leaves_the_balance_alone_needs_no_line(world: World):
    family, _ = await world.a_family()
    async with world.engine.begin() as tx:
        await tx.execute(
            text("UPDATE entitlements SET standing = 'suspended' WHERE household_id = :h"),
            {"h": family.household_id},
        )
    assert await left(world, family.household_id) == [(1, 150_000)]

"""The database holds what must hold, whatever the code does."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.redemption.world import World, an_operator, body_of

from common import migrate
from common.ids import new_id


async def test_the_migrations_make_exactly_the_tables_of_the_code(world: World):
    async with world.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: migrate.differences("redemption", sync))
    assert found == []


@pytest.mark.parametrize("table", ["grants", "redemptions", "reversals", "audit_log"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_lines_of_the_ledger_can_be_neither_changed_nor_deleted(
    world: World, table: str, change: str
):
    async with world.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(change.format(table)))


async def test_no_balance_goes_below_zero(world: World):
    family, _ = await world.a_family()
    async with world.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="quantity_left"):
            await connection.execute(
                text("UPDATE entitlements SET remaining_quantity = -1 WHERE household_id = :h"),
                {"h": family.household_id},
            )


async def test_nobody_can_be_written_down_as_undoing_an_own_redemption(world: World, client):
    family, approved = await world.a_family()
    person = str(new_id())
    body = body_of(family, approved)
    await client.post("/v1/redemptions", json=body, headers=an_operator(subject=person))
    async with world.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="another_person"):
            await connection.execute(
                text(
                    "INSERT INTO reversals SELECT :new, household_id, id, quantity, amount_rupiah, "
                    "'reason', redeemed_by, redeemed_by, 'name', now() FROM redemptions "
                    "WHERE id = :id"
                ),
                {"new": new_id(), "id": body["id"]},
            )


async def test_every_key_of_the_hot_path_carries_the_family_or_the_card(world: World):
    async with world.engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT i.indrelid::regclass::text AS name, array_agg(a.attname::text) AS columns "
                "FROM pg_index i JOIN pg_attribute a "
                "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
                "WHERE i.indisunique AND i.indrelid::regclass::text = ANY(:tables) "
                "GROUP BY i.indexrelid, i.indrelid"
            ),
            {"tables": ["entitlements", "grants", "redemptions", "reversals", "cards"]},
        )
        found = {row.name: set(row.columns) for row in rows}
    assert len(found) == 5
    for columns in found.values():
        assert columns & {"household_id", "card_id"}

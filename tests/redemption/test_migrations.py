"""A database that was in use before keeps its rows, and its ledger still adds up."""

from collections.abc import Callable
from typing import Any

from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from tests.servers import in_own_thread

from common import migrate
from common.ids import new_id
from redemption.entitlements.expire import expire_cycles
from redemption.settlement.check_ledger import check_ledger
from redemption.settlement.check_settlements import check_settlements

BEFORE = "0006"
FAMILIES = 3
ROWS = (
    "INSERT INTO cycles VALUES (:cycle, 'PANGAN', 'Pangan', 'Food', 'Tahap 1', '2026-01-01', "
    "'2026-01-31')",
    "INSERT INTO benefits (cycle_id, id, code, kind, name_id, name_en, granted_quantity, "
    "granted_rupiah, unit_rupiah, partner_kinds) VALUES (:cycle, :benefit, 'PAKET', 'parcel', "
    "'Paket', 'Parcel', 2, 300000, 150000, '{food_point}')",
    "INSERT INTO partners (id, name, kind, address, region_codes, status) VALUES (:partner, "
    "'Titik', 'food_point', 'Jalan', '{62.71}', 'suspended')",
)
OF_FAMILY = (
    "INSERT INTO grants (household_id, cycle_id, benefit_id, quantity, amount_rupiah) "
    "VALUES (:household, :cycle, :benefit, 2, 300000)",
    "INSERT INTO entitlements (household_id, cycle_id, benefit_id, id, remaining_quantity, "
    "remaining_rupiah, version) VALUES (:household, :cycle, :benefit, :right, 1, 150000, 4)",
    "INSERT INTO redemptions (id, household_id, cycle_id, benefit_id, entitlement_id, card_id, "
    "card_reading, holder_check, region_code, quantity, amount_rupiah, remaining_quantity, "
    "remaining_rupiah, partner_id, partner_name, redeemed_by, redeemed_by_name, redeemed_at) "
    "SELECT id, :household, :cycle, :benefit, :right, 'aaaaaaaaaaaaaaaa', 'scanned', "
    "'name_compared', '62.71.01.1001', 1, 150000, 1, 150000, :partner, 'Titik', 'a', 'A', now() "
    "FROM unnest(CAST(:lines AS uuid[])) AS id",
    "INSERT INTO reversals VALUES (:reversal, :household, :line, 1, 150000, 'salah', 'a', 'b', "
    "'B', now())",
)


async def a_family_of_before(tx: AsyncConnection, names: dict[str, Any]) -> None:
    """A family that collected one of two parcels, after one was given by mistake and undone."""
    lines = [new_id(), new_id()]
    own = {"household": new_id(), "right": new_id(), "reversal": new_id(), "lines": lines}
    for statement in OF_FAMILY:
        await tx.execute(text(statement), {**names, **own, "line": lines[0]})


async def test_what_was_granted_and_given_before_is_what_it_was(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("redemption")
    config = migrate.config_for("redemption", url)
    in_own_thread(lambda: command.downgrade(config, BEFORE))
    engine = create_async_engine(url)
    names = {"cycle": new_id(), "benefit": new_id(), "partner": new_id()}
    async with engine.begin() as tx:
        for statement in ROWS:
            await tx.execute(text(statement), names)
        for _ in range(FAMILIES):
            await a_family_of_before(tx, names)
    in_own_thread(lambda: command.upgrade(config, "head"))
    async with engine.connect() as tx:
        rights, differences = await check_ledger(tx)
        assert (rights, differences) == (FAMILIES, [])
        whose = await tx.execute(text("SELECT DISTINCT subject_id = household_id FROM grants"))
        assert whose.scalars().all() == [True]
        opened = await tx.scalar(text("SELECT opened_rupiah FROM budgets"))
        assert opened == FAMILIES * 300_000
        found = await check_settlements(tx)
        assert (found.problems, found.whole["open_rupiah"]) == ([], FAMILIES * 150_000)
    # The rules of now hold for the rows of before: the cycle is over, and what is left expires.
    assert await expire_cycles(engine) == {names["cycle"]: FAMILIES}
    async with engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []
        assert await tx.run_sync(lambda sync: migrate.differences("redemption", sync)) == []
    await engine.dispose()

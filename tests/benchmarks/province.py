"""Families with a card and one parcel each, in numbers that follow from their place in line.

pgbench has no lists: it makes a family's ids from a number, so everybody else does here too.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.redemption.world import VILLAGE, Card, World, a_benefit, a_cycle, a_list

from common.events import BeneficiaryListApprovedV1

CARD_SQL = "lpad(to_hex(({n})::bigint), 16, '0')"
HOUSEHOLD_SQL = "('00000000-0000-7000-8000-' || lpad(to_hex(({n})::bigint), 12, '0'))::uuid"


def household(number: int) -> UUID:
    """Return the family with this number."""
    return UUID(f"00000000-0000-7000-8000-{number:012x}")


def card(world: World, number: int) -> Card:
    """Return the card of the family with this number."""
    return Card(world.issuer, household_id=household(number), card_id=f"{number:016x}")


async def settle(world: World, families: int) -> BeneficiaryListApprovedV1:
    """Put so many families into the database, each with one parcel to collect."""
    approved = a_list(a_cycle(), [a_benefit()])
    await world.tell(approved)
    values = {
        "families": families,
        "kid": world.issuer.kid.hex(),
        "cycle": approved.cycle.cycle_id,
        "benefit": approved.benefits[0].benefit_id,
        "region": VILLAGE,
        "now": datetime.now(UTC),
    }
    await _fill(world.engine, values)
    return approved


async def _fill(engine: AsyncEngine, values: dict[str, object]) -> None:
    n = "n"
    columns = "(household_id, cycle_id, benefit_id, subject_id, "
    key = f"SELECT {HOUSEHOLD_SQL.format(n=n)}, :cycle, :benefit, {HOUSEHOLD_SQL.format(n=n)}"
    every = "FROM generate_series(1, :families) AS n"
    statements = (
        f"INSERT INTO cards SELECT {CARD_SQL.format(n=n)}, {HOUSEHOLD_SQL.format(n=n)}, "
        "CAST(:region AS text), CAST(:kid AS text), CAST(:now AS timestamptz), "
        f"CAST(:now AS timestamptz) + interval '900 days', '\\x00'::bytea {every}",
        f"INSERT INTO entitlements {columns} id, remaining_quantity, remaining_rupiah, version) "
        f"{key}, gen_random_uuid(), 1, 150000, 1 {every}",
        f"INSERT INTO grants {columns} quantity, amount_rupiah, granted_at) "
        f"{key}, 1, 150000, CAST(:now AS timestamptz) {every}",
        "ANALYZE",
    )
    async with engine.begin() as tx:
        for statement in statements:
            asked = {name: value for name, value in values.items() if f":{name}" in statement}
            await tx.execute(text(statement), asked)

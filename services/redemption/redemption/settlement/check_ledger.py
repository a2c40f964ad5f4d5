"""Every balance is what its lines say: granted, less redeemed, plus given back; changes by people,
ends and payments by a bank in between.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.settlement import queries


async def check_ledger(tx: AsyncConnection) -> tuple[int, list[str]]:
    """Return how many entitlements were checked, and a sentence for each that differs."""
    checked = await queries.count_balances(tx)
    return checked, [
        f"household {row.household_id} cycle {row.cycle_id} benefit {row.benefit_id}: "
        f"left {row.remaining_quantity} and Rp{row.remaining_rupiah} in version {row.version}, "
        f"the ledger says {row.ledger_quantity} and Rp{row.ledger_rupiah} "
        f"in version {row.ledger_version}"
        for row in await queries.differences(tx)
    ]

"""The family's payments, on the family's page: "was my money sent?"."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.payment_reasons import reason_of
from registry.payments import queries
from registry.people.panels import Panel

PAYMENTS_SHOWN_MAX = 12


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return what a bank did with a family's payments, the newest first, for its page."""
    asked = {"household_id": household_id, "rows": PAYMENTS_SHOWN_MAX}
    found = (await tx.execute(queries.OF_HOUSEHOLD, asked)).mappings().all()
    payments = [{**row, "why": reason_of(row["reason_code"])} for row in found]
    return Panel("payments/household_panel.html", {"payments": payments})

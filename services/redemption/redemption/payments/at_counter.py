"""What a counter is told of cash that a bank has been ordered to pay."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.web.formats import Formats
from redemption.payments import queries

FORMATS = {language: Formats(language) for language in ("id", "en")}

# Cycle, benefit, and whose right it is.
Right = tuple[UUID, UUID, UUID]


async def why_not_in_cash(tx: AsyncConnection, household_id: UUID) -> dict[Right, Refused]:
    """Return, for each right that an order has taken, why it is not paid out at a counter too.

    A payment that failed is not among them: its right is open again, at the bank's counter as well.
    """
    found = await queries.latest_of_household(tx, household_id)
    refusals: dict[Right, Refused] = {}
    for right, row in found.items():
        if row["state"] == "waiting":
            refusals[right] = Refused("payment_on_its_way")
        elif row["state"] == "paid":
            when = row["outcome_at"]
            words = {f"when_{language}": said.date(when) for language, said in FORMATS.items()}
            refusals[right] = Refused("paid_by_bank", **words)
    return refusals

"""Cash by way of a bank: an order takes the right whole, a failure of the bank gives it back.

So nothing can be paid twice, nor be collected at a counter while a bank has the order.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.web.formats import in_wib
from redemption.entitlements import payout_queries as queries
from redemption.entitlements.payout_queries import CashRight, Order

__all__ = ["CashRight", "Order", "give_back", "order", "rights_to_pay"]
# The trigger that watches balances compares the rows of a statement with each other: ten thousand
# at once take minutes, twenty times five hundred a second or two.
ROWS_AT_ONCE = 500


async def rights_to_pay(
    tx: AsyncConnection, cycle_id: UUID, at: datetime, *, after: CashRight | None, rows: int
) -> list[CashRight]:
    """Return rights to cash of a cycle that a bank can be told to pay now, in the order of the key.

    From the one after `after`. What the bank has returned can be tried again after the cycle.
    """
    return await queries.rights_to_pay(
        tx, cycle_id, at=at, today=in_wib(at).date(), after=after, rows=rows
    )


async def order(
    tx: AsyncConnection, orders: Sequence[Order], *, bank_id: UUID, by: str, at: datetime
) -> dict[UUID, int]:
    """Take these rights, each whole, with a line each; return the rupiah by the order line's id.

    A line that is not in the answer could not be taken (collected, suspended or set aside
    meanwhile) and must not be paid. A repeat gets the first answer.
    """
    today = in_wib(at).date()
    # In the order of the rows' keys, as everyone takes them.
    sorted_orders = sorted(orders, key=lambda one: _key(one.right))
    taken: dict[UUID, int] = {}
    for start in range(0, len(sorted_orders), ROWS_AT_ONCE):
        part = sorted_orders[start : start + ROWS_AT_ONCE]
        taken |= await queries.take_whole(tx, part, bank_id=bank_id, by=by, at=at, today=today)
    return taken


async def give_back(tx: AsyncConnection, reasons: dict[UUID, str]) -> int:
    """Give back what a bank could not pay, by the order line's id with the bank's word for it.

    Return how many were given back now; one that was given back before stays as it is.
    """
    given = 0
    ids = await queries.in_order_of_rights(tx, list(reasons))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        part = {one: reasons[one] for one in ids[start : start + ROWS_AT_ONCE]}
        given += await queries.give_back(tx, part)
    return given


def _key(right: CashRight) -> tuple[UUID, UUID, UUID, UUID]:
    return right.household_id, right.cycle_id, right.benefit_id, right.subject_id

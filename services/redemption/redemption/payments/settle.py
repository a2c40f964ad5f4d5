"""What a bank did with orders: the orders change, rights of failed ones come back, others hear."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.events import BATCH_MAX, PaymentsSettledV1, SettledPayment
from redemption.entitlements.pay_out import give_back
from redemption.payments import queries
from redemption.payments.rules import Batch, Change

SOURCE = "redemption"


async def settle(
    tx: AsyncConnection, batch: Batch, changes: Sequence[Change], now: datetime
) -> None:
    """Write what orders have become.

    The rule for a failed payment of a family: its right is open again at once, so that the next
    batch or the bank's counter can pay it; what the family does is on its page in the registry.
    """
    if not changes:
        return
    rows = await queries.change(tx, changes, now)
    families = [row for row in rows if row["household_id"] is not None]
    failed = {row["payout_id"]: row["reason_code"] for row in families if row["state"] == "failed"}
    if failed:
        await give_back(tx, failed)
    await _tell(tx, batch, families)


async def _tell(tx: AsyncConnection, batch: Batch, rows: Sequence[RowMapping]) -> None:
    if not rows or batch.cycle_id is None:
        return
    names = await queries.names_of_cycle(tx, batch.cycle_id)
    told = [
        _payment(row, names[row["benefit_id"]])
        for row in sorted(rows, key=lambda row: str(row["household_id"]))
    ]
    chunks = [told[at : at + BATCH_MAX] for at in range(0, len(told), BATCH_MAX)]
    subject = str(batch.id)
    events = [
        (
            PaymentsSettledV1(batch_id=batch.id, payments=tuple(chunk)),
            subject,
            max(one.version for one in chunk),
        )
        for chunk in chunks
    ]
    await outbox.publish_all(tx, events, source=SOURCE)


def _payment(row: RowMapping, names: tuple[str, str]) -> SettledPayment:
    payment_id: UUID = row["id"]
    return SettledPayment(
        payment_id=payment_id,
        household_id=row["household_id"],
        cycle_id=row["cycle_id"],
        benefit_id=row["benefit_id"],
        subject_id=row["subject_id"],
        benefit_name_id=names[0],
        benefit_name_en=names[1],
        amount_rupiah=row["amount_rupiah"],
        outcome=row["state"],
        reason_code=row["reason_code"],
        settled_at=row["outcome_at"],
        version=row["version"],
    )

"""What the registry notes of payments: which of them reached the family, and which did not."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import Envelope, PaymentsSettledV1
from registry.payments import queries


async def on_payments_settled(
    tx: AsyncConnection, event: PaymentsSettledV1, _envelope: Envelope
) -> None:
    """Note what a bank did with some payments; an older word of one never replaces a newer."""
    if not event.payments:
        return
    # One statement may touch a row once: of two words about one payment the newer one is taken.
    newest = {one.payment_id: one for one in sorted(event.payments, key=lambda one: one.version)}
    rows = list(newest.values())
    await tx.execute(
        queries.NOTE,
        {
            "payment_ids": [one.payment_id for one in rows],
            "household_ids": [one.household_id for one in rows],
            "cycle_ids": [one.cycle_id for one in rows],
            "benefit_ids": [one.benefit_id for one in rows],
            "subject_ids": [one.subject_id for one in rows],
            "names_id": [one.benefit_name_id for one in rows],
            "names_en": [one.benefit_name_en for one in rows],
            "amounts": [one.amount_rupiah for one in rows],
            "outcomes": [one.outcome for one in rows],
            "reasons": [one.reason_code for one in rows],
            "settled": [one.settled_at for one in rows],
            "versions": [one.version for one in rows],
        },
    )

"""What the others are told of lines that were written."""

from collections.abc import Sequence
from typing import Any

from common import outbox
from common.events import BATCH_MAX, RecordedRedemption, RedemptionsRecordedV1
from redemption.redeeming.lines import Redemption

SOURCE = "redemption"


def told_of(lines: Sequence[Redemption], versions: Sequence[int]) -> list[dict[str, Any]]:
    """Return the rows of the outbox that tell of lines, each with its right's version after it."""
    rows = []
    for first in range(0, len(lines), BATCH_MAX):
        part = [
            recorded(line, version)
            for line, version in zip(
                lines[first : first + BATCH_MAX], versions[first : first + BATCH_MAX], strict=True
            )
        ]
        event = RedemptionsRecordedV1(redemptions=tuple(part))
        rows.append(outbox.row_of(event, str(part[0].redemption_id), 1, source=SOURCE))
    return rows


def recorded(line: Redemption, version: int) -> RecordedRedemption:
    """Return what is told of a line; a part of a balance counts as one act."""
    return RecordedRedemption(
        redemption_id=line.id,
        entitlement_id=line.entitlement_id,
        version=version,
        household_id=line.household_id,
        subject_id=line.subject_id,
        card_id=line.card_id,
        cycle_id=line.cycle_id,
        benefit_id=line.benefit_id,
        benefit_name_id=line.benefit_name_id,
        partner_id=line.partner_id,
        partner_name=line.partner_name,
        quantity=max(1, line.quantity),
        amount_rupiah=line.amount_rupiah,
        redeemed_at=line.redeemed_at,
    )

"""What a partner is owed for lines that were not accepted: for its settlement.

    for line in await owed_lines(tx, partner_id, since, until): line.is_paid, line.amount_rupiah

A conflict is in the period in which a person judged it; one that waits is in every period until
then, is shown there, and is not paid. "owed" and "written_off" are paid: written off means that
the family's overdraft is forgiven, not that the partner bears it. "not_owed" is not.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal import conflict_queries


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A conflict as a settlement sees it."""

    conflict_id: UUID
    act_id: UUID
    partner_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    region_code: str
    quantity: int
    amount_rupiah: int
    code: str
    said_at: datetime
    received_at: datetime
    # What the rule says before a person does.
    is_owed_by_rule: bool
    # None while it waits for a person.
    outcome: str | None
    judged_at: datetime | None
    judged_by_name: str | None

    @property
    def is_judged(self) -> bool:
        """Whether a person has judged it."""
        return self.outcome is not None

    @property
    def is_paid(self) -> bool:
        """Whether the partner gets its value."""
        return self.outcome in conflict_queries.JUDGED_AS_PAID

    @property
    def owed_rupiah(self) -> int:
        """What the partner gets for it."""
        return self.amount_rupiah if self.is_paid else 0


async def owed_lines(
    tx: AsyncConnection, partner_id: UUID, since: datetime, until: datetime
) -> list[OwedLine]:
    """Return the conflicts of a partner that count in a period, oldest first."""
    return [_line(row) for row in await conflict_queries.of_partner(tx, partner_id, since, until)]


def _line(row: RowMapping) -> OwedLine:
    return OwedLine(
        conflict_id=row["id"],
        act_id=row["act_id"],
        partner_id=row["partner_id"],
        cycle_id=row["cycle_id"],
        benefit_id=row["benefit_id"],
        region_code=row["region_code"],
        quantity=row["quantity"],
        amount_rupiah=row["amount_rupiah"],
        code=row["code"],
        said_at=row["said_at"],
        received_at=row["received_at"],
        is_owed_by_rule=row["is_owed"],
        outcome=row["outcome"],
        judged_at=row["judged_at"],
        judged_by_name=row["judged_by_name"],
    )

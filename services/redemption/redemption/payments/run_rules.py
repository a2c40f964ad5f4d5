"""What a run is: the files for a bank that one act draws up together."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

# The worker draws up and withdraws, a file at a time; people do the rest.
RUN_STATES = ("drawing", "drawn_up", "empty", "approved", "withdrawing", "withdrawn")
UNDER_WORK = ("drawing", "withdrawing")
WITHDRAWABLE = ("drawing", "drawn_up", "approved")


@dataclass(frozen=True, slots=True)
class Run:
    """A run without its files."""

    id: UUID
    cycle_id: UUID
    bank_id: UUID
    pay_on: date
    state: str
    files: int
    lines: int
    total_rupiah: int
    without_card: int
    after_household: UUID | None
    after_benefit: UUID | None
    after_subject: UUID | None
    drawn_up_by: str
    drawn_up_by_name: str
    drawn_up_at: datetime
    approved_by: str | None
    approved_by_name: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_by_name: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None

    @property
    def number(self) -> str:
        """The number that people read out."""
        return f"R-{self.id.hex[-8:-4]}-{self.id.hex[-4:]}".upper()

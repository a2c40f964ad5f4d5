"""The event about what a bank did with payments to families."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.event import BATCH_MAX, Event


class SettledPayment(BaseModel):
    """What became of one payment; a later word of it has a higher version."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    payment_id: UUID
    household_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    # The person whose right it was, or the family itself.
    subject_id: UUID
    benefit_name_id: str
    benefit_name_en: str
    amount_rupiah: int = Field(ge=1)
    outcome: Literal["paid", "failed"]
    # The bank's word for a failure (ISO 20022 external status reason), see common.payment_reasons.
    reason_code: str = ""
    settled_at: AwareDatetime
    version: int = Field(ge=1)


class PaymentsSettledV1(Event):
    """A bank has told what it did with some payments of one batch; at most BATCH_MAX."""

    event_type: ClassVar[str] = "payments.settled.v1"

    batch_id: UUID
    payments: tuple[SettledPayment, ...] = Field(max_length=BATCH_MAX)

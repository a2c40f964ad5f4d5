"""The events about what was given at partners' counters."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.event import BATCH_MAX, Event


class RecordedRedemption(BaseModel):
    """One use of an entitlement at a partner. `version` is the entitlement's after it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    redemption_id: UUID
    entitlement_id: UUID
    version: int = Field(ge=1)
    household_id: UUID
    # The person whose right it was, or the family itself.
    subject_id: UUID
    card_id: str
    cycle_id: UUID
    benefit_id: UUID
    benefit_name_id: str
    partner_id: UUID
    partner_name: str
    # A part of a balance counts as one act.
    quantity: int = Field(ge=1)
    amount_rupiah: int = Field(ge=0)
    redeemed_at: AwareDatetime


class RedemptionsRecordedV1(Event):
    """Entitlements were used at partners; at most BATCH_MAX lines of one transaction.

    A reversal of one of them may be heard before it.
    """

    event_type: ClassVar[str] = "redemptions.recorded.v1"

    redemptions: tuple[RecordedRedemption, ...] = Field(min_length=1, max_length=BATCH_MAX)


class RedemptionRecordedV1(Event):
    """An entitlement was used at a partner, told by itself, as it was until 2026-12."""

    event_type: ClassVar[str] = "redemption.recorded.v1"

    redemption_id: UUID
    entitlement_id: UUID
    household_id: UUID
    # The person whose right it was, or the family itself; None in the oldest messages.
    subject_id: UUID | None = None
    card_id: str
    cycle_id: UUID
    benefit_id: UUID
    benefit_name_id: str
    partner_id: UUID
    partner_name: str
    quantity: int = Field(ge=1)
    amount_rupiah: int = Field(ge=0)
    redeemed_at: AwareDatetime


class RedemptionReversedV1(Event):
    """A redemption was undone; the entitlement is as it was before."""

    event_type: ClassVar[str] = "redemption.reversed.v1"

    reversal_id: UUID
    redemption_id: UUID
    entitlement_id: UUID
    household_id: UUID
    # Empty since 2026-12: what a person wrote may name somebody, and stays where it was written.
    reason: str = ""
    reversed_at: AwareDatetime

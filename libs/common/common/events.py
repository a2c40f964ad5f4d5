"""Every event that crosses RabbitMQ, and the envelope it travels in (CloudEvents 1.0, JSON).

A compatible change (a new optional field) keeps the version; a breaking one is a new class, and
the producer sends both for a while. Golden files in tests/contracts hold what is already in flight.
Personal data travels only in fields named `sealed` (see common.sealed).
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from common.account_events import AccountSignInsEndedV1
from common.card_events import (
    CardPinLockedV1,
    CardPinSetV1,
    CardsIssuedV1,
    CardsStateChangedV1,
    CardStatusChangedV1,
    CardStep,
    IssuedCard,
)
from common.enrolment_events import (
    BeneficiaryListApprovedV1,
    Benefit,
    Cycle,
    EndedEnrolment,
    EnrolledHousehold,
    EnrolledPerson,
    EnrolmentsApprovedV1,
    EnrolmentsEndedV1,
    EnrolmentsResumedV1,
    EnrolmentsSuspendedV1,
    ResumedEnrolment,
    SuspendedEnrolment,
)
from common.event import BATCH_MAX, Event
from common.payment_events import PaymentsSettledV1, SettledPayment
from common.redemption_events import (
    RecordedRedemption,
    RedemptionRecordedV1,
    RedemptionReversedV1,
    RedemptionsRecordedV1,
)

__all__ = [
    "BATCH_MAX",
    "EVENTS",
    "AccountSignInsEndedV1",
    "BeneficiaryListApprovedV1",
    "Benefit",
    "CardPinLockedV1",
    "CardPinSetV1",
    "CardStatusChangedV1",
    "CardStep",
    "CardsIssuedV1",
    "CardsStateChangedV1",
    "Cycle",
    "EndedEnrolment",
    "EnrolledHousehold",
    "EnrolledPerson",
    "EnrolmentsApprovedV1",
    "EnrolmentsEndedV1",
    "EnrolmentsResumedV1",
    "EnrolmentsSuspendedV1",
    "Envelope",
    "Event",
    "HouseholdChangedV1",
    "IssuedCard",
    "Name",
    "PaymentsSettledV1",
    "RecordedRedemption",
    "RedemptionRecordedV1",
    "RedemptionReversedV1",
    "RedemptionsRecordedV1",
    "ResumedEnrolment",
    "SettledPayment",
    "SigningKeyPublishedV1",
    "SuspendedEnrolment",
    "enclose",
]

# PostgreSQL has no text with a NUL in it, and AMQP none of its names longer than this.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class Envelope(BaseModel):
    """What a consumer needs of CloudEvents 1.0; `source` and `id` are its identity."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Name
    source: Name
    type: Name
    subject: Name
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    # The aggregate's version: a consumer ignores what is older than what it has.
    sequence: int = Field(ge=0)
    data: dict[str, Any]

    def event(self) -> Event | None:
        """Return the payload as its class, or None for a type this code does not know."""
        known = EVENTS.get(self.type)
        return known.model_validate(self.data) if known else None


class SigningKeyPublishedV1(Event):
    """A key with which cards are signed may be trusted, within these dates."""

    event_type: ClassVar[str] = "signing_key.published.v1"

    # First 4 bytes of the COSE key thumbprint (RFC 9679), hex.
    kid: str
    algorithm: Literal["Ed25519", "ES256"]
    # Raw public key, hex: 32 bytes for Ed25519, 65 uncompressed for ES256.
    public_key: str
    state: Literal["planned", "active", "verify_only", "retired", "compromised"]
    not_before: AwareDatetime
    sign_until: AwareDatetime
    verify_until: AwareDatetime


class HouseholdChangedV1(Event):
    """A family's life changed: a death, a move, a division. `sequence` counts its changes.

    What happens to its enrolments is told by the events about those; `card_action` is what does
    not follow from them: a card in another name, or no card at all. An event older than what is
    known of the family says nothing any more.
    """

    event_type: ClassVar[str] = "household.changed.v1"

    household_id: UUID
    kind: Literal[
        "person_died",
        "head_changed",
        "moved_in_province",
        "moved_out",
        "split",
        "split_off",
        "merged",
        "merged_away",
        "left",
        "kk_changed",
        "corrected",
    ]
    # Where the family lives from now on.
    region_code: str
    # common.sealed JSON as in enrolments.approved.v1, context "household:<household_id>".
    sealed: str
    # The family in which this one goes on (merged_away), or from which it came (split_off).
    related_household_id: UUID | None = None
    card_action: Literal["none", "reissue", "revoke"]
    happened_on: date
    changed_at: AwareDatetime


EVENTS: dict[str, type[Event]] = {
    kind.event_type: kind
    for kind in (
        AccountSignInsEndedV1,
        BeneficiaryListApprovedV1,
        EnrolmentsApprovedV1,
        EnrolmentsEndedV1,
        EnrolmentsSuspendedV1,
        EnrolmentsResumedV1,
        SigningKeyPublishedV1,
        CardsIssuedV1,
        CardStatusChangedV1,
        CardsStateChangedV1,
        CardPinLockedV1,
        CardPinSetV1,
        RedemptionRecordedV1,
        RedemptionReversedV1,
        RedemptionsRecordedV1,
        HouseholdChangedV1,
        PaymentsSettledV1,
    )
}


def enclose(
    event: Event, *, event_id: UUID, source: str, subject: str, sequence: int, time: datetime
) -> Envelope:
    """Put an event in its envelope."""
    return Envelope(
        id=str(event_id),
        source=source,
        type=event.event_type,
        subject=subject,
        sequence=sequence,
        time=time,
        data=event.model_dump(mode="json"),
    )

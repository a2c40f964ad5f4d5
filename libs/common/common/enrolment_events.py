"""The events about lists and enrolments: who is entitled under which decree, and until when."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.event import BATCH_MAX, Event


class Benefit(BaseModel):
    """What a programme gives in a cycle, as its decree says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    benefit_id: UUID
    code: str
    kind: Literal["parcel", "cash", "balance", "fee", "service"]
    name_id: str
    name_en: str
    # Whole parcels or services; for money shapes 1, and the amount says how much.
    quantity: int = Field(ge=1)
    amount_rupiah: int = Field(ge=0)
    # Kinds of partner where it can be used: food_point, market, school, clinic, university, bank.
    partner_kinds: tuple[str, ...]
    # Whose right it is: the family's, or that of each person whom the enrolments name for it.
    subject: Literal["household", "person"] = "household"
    # What a balance may be spent on; empty where it does not matter.
    goods_categories: tuple[str, ...] = ()


class Cycle(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    cycle_id: UUID
    name: str
    opens_on: date
    closes_on: date
    # What the cycle may cost in all, as its decree says; None in messages of before 2026-12.
    budget_rupiah: int | None = Field(default=None, ge=0)


class BeneficiaryListApprovedV1(Event):
    """A list was approved under a decree; its enrolments follow in batches."""

    event_type: ClassVar[str] = "beneficiary_list.approved.v1"

    list_id: UUID
    programme_code: str
    programme_name_id: str
    programme_name_en: str
    decree_number: str
    decree_on: date
    region_code: str
    cycle: Cycle
    benefits: tuple[Benefit, ...]
    subjects: int = Field(ge=0)
    batches: int = Field(ge=0)
    approved_at: AwareDatetime


class EnrolledPerson(BaseModel):
    """A person of an enrolled family with benefits of its own: a pupil, a patient."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: UUID
    benefit_ids: tuple[UUID, ...]
    # common.sealed JSON {"name": str, "birth_year": int}, context "person:<person_id>".
    sealed: str


class EnrolledHousehold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    enrolment_id: UUID
    household_id: UUID
    region_code: str
    # common.sealed JSON {"head_name": str, "kk_number": str}, context "enrolment:<household_id>".
    # A message of before 2026-11, or of a family without a KK number yet, has no kk_number.
    sealed: str
    persons: tuple[EnrolledPerson, ...] = ()


class EnrolmentsApprovedV1(Event):
    """Some of an approved list's households; at most BATCH_MAX."""

    event_type: ClassVar[str] = "enrolments.approved.v1"

    list_id: UUID
    programme_code: str
    cycle_id: UUID
    batch: int = Field(ge=1)
    batches: int = Field(ge=1)
    enrolments: tuple[EnrolledHousehold, ...] = Field(max_length=BATCH_MAX)


class EndedEnrolment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    enrolment_id: UUID
    household_id: UUID
    region_code: str
    # One word: not_eligible, dead, moved_out, merged …; what it means is the registry's to say.
    reason: str
    # May lie ahead: a family that is not taken along into the next cycle keeps its rights until
    # this one is over.
    ended_at: AwareDatetime
    # These benefits go on until then, although the enrolment has ended.
    grace_until: AwareDatetime | None = None
    kept_benefit_ids: tuple[UUID, ...] = ()
    # Counts the enrolment's states: 1 when it was approved. An older one says nothing any more.
    version: int = Field(ge=2)


class EnrolmentsFollowed(Event):
    """What the events after an approval share: by what they came, and which batch they are."""

    # One of the two: an approved list, or a change in a family's life.
    list_id: UUID | None = None
    change_id: UUID | None = None
    programme_code: str
    cycle_id: UUID
    batch: int = Field(ge=1)
    batches: int = Field(ge=1)


class EnrolmentsEndedV1(EnrolmentsFollowed):
    """Enrolments of a cycle have ended, by an approved list or by a change in a family's life."""

    event_type: ClassVar[str] = "enrolments.ended.v1"

    ended: tuple[EndedEnrolment, ...] = Field(max_length=BATCH_MAX)


class SuspendedEnrolment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    enrolment_id: UUID
    household_id: UUID
    region_code: str
    reason: str
    suspended_at: AwareDatetime
    version: int = Field(ge=2)


class EnrolmentsSuspendedV1(EnrolmentsFollowed):
    """Enrolments wait: nothing of them can be redeemed until they are resumed or ended."""

    event_type: ClassVar[str] = "enrolments.suspended.v1"

    suspended: tuple[SuspendedEnrolment, ...] = Field(max_length=BATCH_MAX)


class ResumedEnrolment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    enrolment_id: UUID
    household_id: UUID
    region_code: str
    reason: str
    resumed_at: AwareDatetime
    version: int = Field(ge=2)


class EnrolmentsResumedV1(EnrolmentsFollowed):
    """Enrolments that were suspended or ended hold again, with what is left of their rights."""

    event_type: ClassVar[str] = "enrolments.resumed.v1"

    resumed: tuple[ResumedEnrolment, ...] = Field(max_length=BATCH_MAX)

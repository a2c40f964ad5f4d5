"""What administration sends and gets about partners."""

from datetime import date, datetime, time
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from redemption.partners.changes import Asked
from redemption.partners.look import Change, Seen
from redemption.partners.rules import Partner
from redemption.partners.term_rules import ADDRESS_MAX, NAME_MAX, Hours, Terms

REASON_MIN, REASON_MAX = 5, 500
CODES_MAX = 200
NUMBER_MAX = 40
Reason = Field(min_length=REASON_MIN, max_length=REASON_MAX)


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HoursOfDay(Strict):
    weekday: int = Field(ge=1, le=7, description="1 is Monday.")
    opens_at: time
    closes_at: time


class TermsBody(Strict):
    """What is agreed with a partner, its bank account excepted."""

    name: str = Field(max_length=NAME_MAX)
    kind: Literal["food_point", "market", "school", "clinic", "university", "bank"]
    address: str = Field(max_length=ADDRESS_MAX)
    outside_code: str = Field(default="", max_length=40, description="NPSN, BPJS or Kemenkes code.")
    village_code: str = Field(
        default="", max_length=13, description="The village where it stands: 62.71.01.1001."
    )
    region_codes: list[str] = Field(min_length=1, max_length=CODES_MAX)
    benefit_codes: list[str] = Field(
        default_factory=list,
        max_length=CODES_MAX,
        description='"PANGAN" or "PANGAN/BERAS"; empty is whatever its kind gives.',
    )
    contract_from: date | None = None
    contract_until: date | None = None
    hours: list[HoursOfDay] = Field(default_factory=list, max_length=7)

    def terms(self) -> Terms:
        """Return them in the words of the rules."""
        same = ("name", "kind", "address", "village_code", "outside_code")
        return Terms(
            **{name: getattr(self, name) for name in same},
            contract_from=self.contract_from,
            contract_until=self.contract_until,
            region_codes=tuple(dict.fromkeys(self.region_codes)),
            benefit_codes=tuple(dict.fromkeys(self.benefit_codes)),
            hours=tuple(Hours(**one.model_dump()) for one in self.hours),
        )

    @classmethod
    def of(cls, terms: Terms) -> Self:
        """Return terms as they are told."""
        told = terms.told()
        hours = [
            {"weekday": weekday, "opens_at": opens, "closes_at": closes}
            for weekday, opens, closes in told["hours"]
        ]
        return cls.model_validate({**told, "hours": hours})


class OnboardRequest(Strict):
    id: UUID = Field(description="UUIDv7 of the partner, made by the caller.")
    change_id: UUID = Field(description="UUIDv7 of this act, made by the caller.")
    terms: TermsBody


class TermsRequest(Strict):
    change_id: UUID
    version: int = Field(ge=1, description="The version that was changed.")
    terms: TermsBody
    reason: str = Reason


class AccountRequest(Strict):
    change_id: UUID
    bank: str = Field(max_length=80)
    holder: str = Field(max_length=80)
    number: str = Field(max_length=NUMBER_MAX, repr=False)
    reason: str = Reason


class ReasonRequest(Strict):
    change_id: UUID
    reason: str = Reason

    def asked(self, partner_id: UUID) -> Asked:
        """Return what is asked, in the words of the rules."""
        return Asked(partner_id, self.change_id, self.reason)


class DecisionRequest(Strict):
    is_approved: bool
    reason: str = Field(default="", max_length=REASON_MAX)
    account_number: str = Field(
        default="", max_length=NUMBER_MAX, repr=False, description="Typed again, for an account."
    )


class ChangeBody(BaseModel):
    """A change, waiting or decided."""

    id: UUID
    partner_id: UUID
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    proposed_by_name: str
    proposed_at: datetime
    outcome: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_reason: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a change as it is told."""
        return cls(**{name: getattr(change, name) for name in cls.model_fields})


class PartnerBody(BaseModel):
    """A partner in a list."""

    id: UUID
    name: str
    kind: str
    address: str
    outside_code: str
    region_codes: list[str]
    benefit_codes: list[str]
    contract_from: date | None
    contract_until: date | None
    status: str

    @classmethod
    def of(cls, partner: Partner) -> Self:
        """Return a partner as it is told."""
        return cls.model_validate({name: getattr(partner, name) for name in cls.model_fields})


class WholePartnerBody(BaseModel):
    """A partner with what is agreed with it; of its account, bank and last digits."""

    id: UUID
    status: str
    version: int
    terms: TermsBody
    account_bank: str | None
    account_masked: str | None
    waiting: list[ChangeBody]

    @classmethod
    def of(cls, seen: Seen) -> Self:
        """Return a partner as it is told."""
        return cls(
            id=seen.whole.id,
            status=seen.whole.status,
            version=seen.whole.version,
            terms=TermsBody.of(seen.whole.terms),
            account_bank=seen.account.bank if seen.account else None,
            account_masked=seen.account.masked if seen.account else None,
            waiting=[ChangeBody.of(one) for one in seen.waiting],
        )

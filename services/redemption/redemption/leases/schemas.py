"""What a terminal sends and gets about leases."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from common.regions import CODE
from redemption.leases.read_lease import Taken
from redemption.leases.rules import CARD_ENDS, HOURS_MAX, REGIONS_MAX
from redemption.leases.take import Asked


class LeaseRequest(BaseModel):
    """Which families a terminal is going to serve, and for how many hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID = Field(description="UUIDv7, made by the terminal; a repeat gets the same lease.")
    region_codes: list[str] = Field(min_length=1, max_length=REGIONS_MAX)
    card_ends: str = Field(
        default="",
        max_length=len(CARD_ENDS),
        pattern=f"^[{CARD_ENDS}]*$",
        description='Last characters of the card numbers to take; "" takes all.',
    )
    hours: int = Field(ge=1, le=HOURS_MAX)
    distribution_id: UUID | None = None
    unsent: int = Field(
        default=0,
        ge=0,
        description="How many acts the terminal has not sent yet; a lease is only given at 0.",
    )

    def asked(self, terminal_id: UUID) -> Asked:
        """Return what is asked for, in the words of the verb."""
        return Asked(
            id=self.id,
            terminal_id=terminal_id,
            region_codes=tuple(self.region_codes),
            hours=self.hours,
            card_ends=self.card_ends,
            distribution_id=self.distribution_id,
            unsent=self.unsent,
        )

    def wrong_regions(self) -> list[str]:
        """Return what is no region code of the province."""
        return [code for code in self.region_codes if not CODE.fullmatch(code)]


class LeasedBenefit(BaseModel):
    """A benefit of which a lease holds rights, with what the terminal must know of it."""

    cycle_id: UUID
    benefit_id: UUID
    kind: str
    name_id: str
    name_en: str
    unit_rupiah: int
    opens_on: date
    closes_on: date
    subject: str
    goods_categories: list[str]


class LeasedRight(BaseModel):
    """One right; `subject_name` is the person's where it is one person's."""

    entitlement_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    subject_id: UUID
    subject_name: str | None
    remaining_quantity: int
    remaining_rupiah: int


class LeasedFamily(BaseModel):
    """A family of a lease: its cards' ids, the printed name to compare, its rights."""

    household_id: UUID
    cards: list[str]
    name: str
    rights: list[LeasedRight]


class LeaseHead(BaseModel):
    """A lease that stands, without its families."""

    id: UUID
    terminal_id: UUID
    taken_at: datetime
    expires_at: datetime
    region_codes: list[str]
    card_ends: str
    distribution_id: UUID | None
    families: int

    @classmethod
    def of(cls, head: RowMapping) -> Self:
        """Return a lease as its terminal lists it."""
        return cls(**{name: head[name] for name in cls.model_fields})


class LeaseAnswer(BaseModel):
    """A lease with all that a terminal needs to serve its families without network."""

    id: UUID
    terminal_id: UUID
    taken_at: datetime
    expires_at: datetime
    region_codes: list[str]
    card_ends: str
    distribution_id: UUID | None
    benefits: list[LeasedBenefit]
    families: list[LeasedFamily]


_HEAD = ("id", "terminal_id", "taken_at", "expires_at", "region_codes", "card_ends")


def answer_of(taken: Taken) -> dict[str, Any]:
    """Return a lease in the form of LeaseAnswer, unchecked: it has thousands of parts."""
    head = taken.head
    return {
        **{name: head[name] for name in _HEAD},
        "distribution_id": head["distribution_id"],
        "benefits": [
            {name: row[name] for name in LeasedBenefit.model_fields} for row in taken.benefits
        ],
        "families": [
            {
                "household_id": one.household_id,
                "cards": one.cards,
                "name": one.name,
                "rights": one.rights,
            }
            for one in taken.families
        ],
    }


class ReturnAnswer(BaseModel):
    """When a lease was given back."""

    id: UUID
    ended_at: datetime

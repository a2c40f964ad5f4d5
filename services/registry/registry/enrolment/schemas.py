"""What the JSON interface to lists takes and shows."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from registry.enrolment.visit import Visit

HIDDEN = frozenset({"proposed_by", "verified_by", "approved_by", "second_approved_by"})


class ProposalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    cycle_id: UUID
    region_code: str = Field(max_length=13, examples=["62.03.01.1001"])
    # Given, the list says who enters and leaves against that cycle's running enrolments.
    base_cycle_id: UUID | None = None


class ReturnRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)


class ApprovalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decree_number: str = Field(max_length=100, examples=["SK-CONTOH/2026"])
    decree_on: date
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class HashRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class FamilyRequest(BaseModel):
    """A family of a list, and why something is done about it."""

    model_config = ConfigDict(extra="forbid")

    household_id: UUID
    reason: str = Field(max_length=500)


class VisitRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    household_id: UUID
    visited_on: date
    place_code: str = Field(max_length=13, examples=["62.03.01.1001"])
    finding: Literal["as_recorded", "differs", "not_found", "refuses"]
    note: str = Field(default="", max_length=500)
    latitude: Decimal | None = Field(default=None, ge=-90, le=90)
    longitude: Decimal | None = Field(default=None, ge=-180, le=180)

    def visit(self) -> Visit:
        """Return the visit as it is written down."""
        return Visit(**self.model_dump())


class GuardRequest(BaseModel):
    """From which shares on a list that ends enrolments needs a second signature."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    programme_id: UUID
    decree_number: str = Field(max_length=100, examples=["SK-CONTOH/2026"])
    decree_on: date
    valid_from: date
    programme_percent: Decimal = Field(ge=0, le=100, decimal_places=2)
    village_percent: Decimal = Field(ge=0, le=100, decimal_places=2)
    village_families_min: int = Field(ge=1, le=10_000)
    grace_days: int = Field(ge=0, le=366)


def list_json(one: RowMapping) -> dict[str, Any]:
    """Return a list for a program."""
    digest = one["content_hash"]
    shown = {key: value for key, value in one.items() if key not in HIDDEN}
    return {**shown, "content_hash": bytes(digest).hex() if digest else None}


def guard_json(one: RowMapping) -> dict[str, Any]:
    """Return a removal guard for a program."""
    shown = {key: value for key, value in one.items() if key not in HIDDEN}
    percents = ("programme_percent", "village_percent")
    return {**shown, **{key: float(one[key]) for key in percents}}

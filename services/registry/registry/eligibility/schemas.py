"""What the JSON interface to programmes, criteria and decisions takes."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from registry.eligibility.rules import Criterion


class CriterionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$", examples=["decile"])
    expression: str = Field(max_length=500, examples=["decile <= 2 || decile == 4"])
    words_id: str = Field(min_length=5, max_length=300)
    words_en: str = Field(min_length=5, max_length=300)
    evidence_id: str = Field(min_length=3, max_length=300)
    evidence_en: str = Field(min_length=3, max_length=300)

    def criterion(self) -> Criterion:
        """Return it for the rules."""
        return Criterion(**self.model_dump())


class ExampleRequest(BaseModel):
    """A made-up family and what the draft should say about it; what is not known is null."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: str = Field(min_length=3, max_length=200, examples=["Desil 3"])
    inputs: dict[str, StrictBool | StrictInt | None] = Field(max_length=50)
    expected: Literal["eligible", "ineligible", "needs_review"]


class CriteriaVersionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    decree_number: str = Field(min_length=3, max_length=100, examples=["SK-CONTOH/2026"])
    decree_on: date
    valid_from: date
    valid_to: date | None = None
    fact_age_days_max: int = Field(ge=0, le=3660)
    criteria: list[CriterionRequest] = Field(min_length=1, max_length=50)
    examples: list[ExampleRequest] = Field(default=[], max_length=50)


class ReviewRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    household_ids: list[UUID] = Field(min_length=1, max_length=500)
    outcome: Literal["eligible", "ineligible"]
    reason: str = Field(max_length=500)

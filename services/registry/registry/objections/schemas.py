"""What the JSON interface to objections takes."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from registry.objections.receive import Receiving
from registry.objections.rules import REASON_CHARACTERS_MAX, WORDS_CHARACTERS_MAX

NAME_CHARACTERS_MAX = 100


class ObjectionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    decision_id: UUID
    objector: str = Field(max_length=NAME_CHARACTERS_MAX, description="Who came; kept sealed.")
    words: str = Field(max_length=WORDS_CHARACTERS_MAX, description="Kept sealed.")
    came_by: Literal["counter", "visit"]
    criterion_code: str = Field(default="", max_length=60)
    letter_on: date | None = None

    def receiving(self) -> Receiving:
        """Return the objection to be received."""
        return Receiving(**self.model_dump())


class ExaminationRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    how: Literal["visit", "documents"]
    examined_on: date
    findings: str = Field(max_length=WORDS_CHARACTERS_MAX)


class LateRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_accepted: bool
    reason: str = Field(max_length=REASON_CHARACTERS_MAX)


class OutcomeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_upheld: bool
    reason: str = Field(max_length=REASON_CHARACTERS_MAX)


class WithdrawalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=REASON_CHARACTERS_MAX)

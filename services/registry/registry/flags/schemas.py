"""What the JSON interface to flags takes."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class FlagRequest(BaseModel):
    """A flag of the caller's own judgement; the client makes the id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    subject_kind: Literal["person", "household"]
    subject_id: UUID
    kind: str = Field(max_length=60)
    source: str = Field(min_length=1, max_length=120)
    source_on: date
    severity: Literal["", "blocking", "notice"] = ""
    note: str = Field(default="", max_length=500)


class ClearRequest(BaseModel):
    """Why a flag holds no longer."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)

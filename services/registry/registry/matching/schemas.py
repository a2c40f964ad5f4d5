"""What the JSON interface to matching takes."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class DecisionRequest(BaseModel):
    """What two records are; `keep` names the record that stays when they are one person."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["same", "different", "later"]
    keep: UUID | None = None
    reason: str = Field(default="", max_length=500)


class UndoRequest(BaseModel):
    """Why a merge was wrong."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)


class SimilarRequest(BaseModel):
    """A person at the desk, as far as they are known."""

    model_config = ConfigDict(extra="forbid")

    region_code: str = Field(max_length=13)
    name: str = Field(max_length=100)
    born_on: date | None = None


class PersonRequest(BaseModel):
    """A person to be written into a family; the client makes the id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: str = Field(max_length=100)
    sex: Literal["M", "F"]
    born_on: date
    relation: str = Field(max_length=20)
    nik: str = Field(default="", max_length=20)
    birth_place: str = Field(default="", max_length=60)
    # Why this is another person than those alike; needed when there are such.
    reason: str = Field(default="", max_length=500)

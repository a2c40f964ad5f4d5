"""Hand-overs and journals as the API takes and gives them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from issuance.handing_over.journal_rules import LINE_CHARACTERS_MAX, LINES_A_CALL_MAX


class LineIn(BaseModel):
    """A line of a journal: the text that was hashed, and its SHA-256."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=LINE_CHARACTERS_MAX)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class JournalIn(BaseModel):
    """Lines of one phone about one round, oldest first."""

    model_config = ConfigDict(extra="forbid")

    journal_id: UUID = Field(description="UUIDv7 made by the phone, one for each round it takes.")
    round_id: UUID
    lines: list[LineIn] = Field(min_length=1, max_length=LINES_A_CALL_MAX)


class Words(BaseModel):
    title: str
    action: str


class LineOut(BaseModel):
    """What became of a line; `put_aside` means that the whole batch waits for a person."""

    hash: str
    state: str
    refusal: str
    messages: dict[str, Words]


class JournalOut(BaseModel):
    lines: list[LineOut]
    at: datetime


class MeOut(BaseModel):
    """Who is signed in on this phone, and which rounds it may take along."""

    subject: str
    name: str
    csrf_token: str
    has_declared: bool
    rounds: list[dict[str, Any]]

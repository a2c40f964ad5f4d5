"""Hand-overs and journals as the API takes and gives them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from issuance.handing_over.apply_line import ACCURACY_M_MAX
from issuance.handing_over.hand_over import HandOver
from issuance.handing_over.journal_rules import LINE_CHARACTERS_MAX, LINES_A_CALL_MAX
from issuance.handing_over.rules import NAME_CHARACTERS_MAX, SIGNATURE_BYTES_MAX, Position


class PositionIn(BaseModel):
    """Where the device says it is; kept to a hundredth of a degree only."""

    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    accuracy_m: float = Field(ge=0, le=ACCURACY_M_MAX)


class HandOverIn(BaseModel):
    """A card that was given: to whom, and which document was seen."""

    model_config = ConfigDict(extra="forbid")

    handover_id: UUID = Field(description="UUIDv7 made by the caller; a repeat has one effect.")
    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    collector: str = Field(max_length=40)
    document: str = Field(max_length=40)
    handed_at: AwareDatetime = Field(description="By the caller's clock.")
    relation: str = Field(default="", max_length=40)
    collector_name: str = Field(default="", max_length=NAME_CHARACTERS_MAX)
    collector_nik: str = Field(default="", max_length=40, description="Of a representative.")
    position: PositionIn | None = None
    signature: str = Field(default="", max_length=SIGNATURE_BYTES_MAX)

    def wish(self) -> HandOver:
        """Return what the verb takes."""
        place = self.position
        known = self.model_dump(exclude={"position", "signature", "collector_nik"})
        return HandOver(
            **known,
            collector_nik=self.collector_nik.replace(" ", ""),
            position=Position.coarse(place.lat, place.lon, place.accuracy_m) if place else None,
            signature=self.signature.encode(),
        )


class HandOverOut(BaseModel):
    """A hand-over; `held_because` says why the card does not count yet."""

    handover_id: UUID
    card_id: str
    received_at: datetime
    held_because: str | None

    @classmethod
    def of(cls, row: RowMapping) -> "HandOverOut":
        """Return a row as the API shows it."""
        return cls(**{name: row[name] for name in cls.model_fields})


class DeclarationIn(BaseModel):
    """The caller's own numbers, of which only blind indexes are kept."""

    model_config = ConfigDict(extra="forbid")

    declaration_id: UUID
    nik: str = Field(max_length=30)
    kk_number: str = Field(max_length=30)


class DeclarationOut(BaseModel):
    """`counts` is false while a change waits for another person."""

    declaration_id: UUID
    counts: bool


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

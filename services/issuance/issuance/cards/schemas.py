"""Cards as the API takes and gives them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from common.card_number import card_number
from issuance.cards.find import Found
from issuance.cards.rules import status_of

CARD_ID = r"^[0-9a-f]{16}$"


class CardOut(BaseModel):
    card_id: str
    card_number: str
    household_id: UUID
    region_code: str
    state: str
    status: str
    version: int
    replaces_card_id: str | None
    ordered_at: datetime
    issued_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, card: RowMapping) -> "CardOut":
        """Return a row as the API shows it."""
        return cls(
            card_number=card_number(card["card_id"]),
            status=status_of(card["state"]),
            **{name: card[name] for name in cls.model_fields if name in card},
        )


class StatusChangeIn(BaseModel):
    """Something that happens to a card."""

    model_config = ConfigDict(extra="forbid")

    change_id: UUID = Field(description="UUIDv7 made by the caller; a repeat has one effect.")
    act: Literal["issue", "block", "unblock", "replace", "revoke"]
    reason: str = Field(max_length=40)


class ReplacementIn(BaseModel):
    """A replacement that another clerk has to confirm."""

    model_config = ConfigDict(extra="forbid")

    change_id: UUID = Field(description="UUIDv7 made by the caller; a repeat has one effect.")
    reason: str = Field(max_length=40)


class ReplacementRequestOut(BaseModel):
    request_id: UUID
    card_id: str
    reason: str
    asked_at: datetime
    asked_by_name: str
    confirmed_at: datetime | None
    confirmed_by_name: str | None

    @classmethod
    def of(cls, row: RowMapping) -> "ReplacementRequestOut":
        """Return a request as the API shows it."""
        return cls(**{name: row[name] for name in cls.model_fields})


class CardSearchIn(BaseModel):
    """Either a card number, or a village and the beginnings of words of a name."""

    model_config = ConfigDict(extra="forbid")

    card_number: str = Field(default="", max_length=40)
    village: str = Field(default="", max_length=13)
    name: str = Field(default="", max_length=100)


class FoundOut(BaseModel):
    household_id: UUID
    name: str
    region_code: str
    card_id: str | None
    card_number: str
    state: str | None

    @classmethod
    def of(cls, found: Found) -> "FoundOut":
        """Return one line of a search."""
        return cls(
            household_id=found.household_id,
            name=found.name,
            region_code=found.region_code,
            card_id=found.card_id,
            card_number=found.card_number,
            state=found.state,
        )

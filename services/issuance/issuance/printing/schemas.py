"""Print batches as the API takes and gives them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from common.card_number import card_number
from issuance.printing.read_batch import Batch
from issuance.printing.rules import CARDS_PER_FILE_MAX
from issuance.printing.whereabouts import Whereabouts

# A regency or smaller: a batch goes to one printer.
REGION = r"^62\.\d{2}(\.\d{2}(\.[12]\d{3})?)?$"
ID = "UUIDv7 made by the caller; a repeat has one effect."
CardNumbers = list[str]


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PrintBatchIn(Wish):
    """Print files to be made: of a region's waiting cards, or of one card."""

    batch_id: UUID = Field(description=ID)
    region_code: str = Field(pattern=REGION)
    card_id: str = Field(default="", pattern=r"^([0-9a-f]{16})?$")
    kind: Literal["sheets", "bureau"] = Field(
        default="sheets", description="A4 sheets as PDF, or a ZIP with a table for a card bureau."
    )
    duplex: Literal["long_edge", "short_edge"] = "long_edge"


class DownloadIn(Wish):
    """A file is taken; from the second time on with a reason."""

    download_id: UUID = Field(description=ID)
    reason: Literal["", "printer_jam", "wrong_settings", "file_lost", "file_damaged"] = ""


class CountIn(Wish):
    """What another person than the requester counted of a file."""

    count_id: UUID = Field(description=ID)
    good: int = Field(ge=0, le=CARDS_PER_FILE_MAX)
    spoiled: CardNumbers = Field(default=[], max_length=CARDS_PER_FILE_MAX)


class ReceiptIn(Wish):
    """What arrived at a desk, noted by another person than who counted."""

    receipt_id: UUID = Field(description=ID)
    received: int = Field(ge=0, le=CARDS_PER_FILE_MAX)
    missing: CardNumbers = Field(default=[], max_length=CARDS_PER_FILE_MAX)
    place: str = Field(default="", max_length=13, description="Region whose desk it is.")


class DestructionIn(Wish):
    """Cards that a person saw destroyed."""

    card_ids: list[str] = Field(min_length=1, max_length=CARDS_PER_FILE_MAX)


class PrintPartOut(BaseModel):
    part: int
    region_code: str
    state: str
    cards: int
    cards_in_file: int | None
    left_out: int
    failure: str
    made_at: datetime | None
    sha256: str | None
    file_bytes: int | None
    downloads: int
    good: int | None
    spoiled: int | None
    counted_at: datetime | None
    received: int | None
    missing: int | None
    received_at: datetime | None
    to_destroy: int

    @classmethod
    def of(cls, part: RowMapping) -> "PrintPartOut":
        """Return a row as the API shows it."""
        return cls(**{name: part[name] for name in cls.model_fields})


class PrintBatchOut(BaseModel):
    batch_id: UUID
    region_code: str
    kind: str
    duplex: str
    state: str
    cards: int
    requested_at: datetime
    cancelled_at: datetime | None
    parts: list[PrintPartOut]

    @classmethod
    def of(cls, batch: Batch) -> "PrintBatchOut":
        """Return a batch as the API shows it."""
        names = set(cls.model_fields) - {"state", "parts"}
        return cls(
            state=batch.state,
            parts=[PrintPartOut.of(part) for part in batch.parts],
            **{name: batch.row[name] for name in names},
        )


class PartCardOut(BaseModel):
    """A card of a file. No name: that is in the file only."""

    position: int
    card_id: str
    card_number: str
    state: str
    left_out: str
    fault: str | None
    destroyed_at: datetime | None

    @classmethod
    def of(cls, card: RowMapping) -> "PartCardOut":
        """Return a row as the API shows it."""
        names = set(cls.model_fields) - {"card_number"}
        return cls(card_number=card_number(card["card_id"]), **{name: card[name] for name in names})


class WhereaboutsOut(BaseModel):
    region_code: str
    cards: dict[str, int]
    oldest: dict[str, datetime]

    @classmethod
    def of(cls, where: Whereabouts) -> "WhereaboutsOut":
        """Return a region as the API shows it."""
        return cls(region_code=where.region_code, cards=where.cards, oldest=where.oldest)

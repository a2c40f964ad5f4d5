"""Print batches as the API takes and gives them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

REGION = r"^62(\.\d{2}(\.\d{2}(\.[12]\d{3})?)?)?$"


class PrintBatchIn(BaseModel):
    """A print file to be made: of a region's waiting cards, or of one card."""

    model_config = ConfigDict(extra="forbid")

    batch_id: UUID = Field(description="UUIDv7 made by the caller; a repeat has one effect.")
    region_code: str = Field(pattern=REGION)
    card_id: str = Field(default="", pattern=r"^([0-9a-f]{16})?$")


class PrintBatchOut(BaseModel):
    batch_id: UUID
    region_code: str
    state: str
    cards: int
    requested_at: datetime
    printed_at: datetime | None
    sha256: str | None
    file_bytes: int | None

    @classmethod
    def of(cls, batch: RowMapping) -> "PrintBatchOut":
        """Return a row as the API shows it."""
        return cls(**{name: batch[name] for name in cls.model_fields})

"""What the JSON interface to families takes."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class SearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    region_code: str | None = Field(default=None, examples=["62.03.01.1001"])
    name: str | None = Field(default=None, max_length=100, examples=["SITI"])
    number: str | None = Field(
        default=None, max_length=24, description="A NIK, a KK number or the number on a card."
    )
    text: str | None = Field(
        default=None,
        max_length=100,
        description="What a person typed: a name, or any of the numbers.",
        examples=["siti aminah"],
    )
    after: UUID | None = None


class RevealRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=300, examples=["Mencocokkan KK asli yang dibawa keluarga"])

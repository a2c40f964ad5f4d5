"""What the JSON interface to families takes."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class SearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    region_code: str | None = Field(default=None, examples=["62.03.01.1001"])
    name: str | None = Field(default=None, max_length=100, examples=["SITI"])
    number: str | None = Field(default=None, max_length=20, description="A NIK or a KK number.")
    after: UUID | None = None


class RevealRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=300, examples=["Mencocokkan KK asli yang dibawa keluarga"])

"""What the JSON interface to lists takes and shows."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

HIDDEN = frozenset({"proposed_by", "verified_by", "approved_by"})


class ProposalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    cycle_id: UUID
    region_code: str = Field(max_length=13, examples=["62.03.01.1001"])


class ReturnRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)


class ApprovalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decree_number: str = Field(max_length=100, examples=["SK-CONTOH/2026"])
    decree_on: date
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


def list_json(one: RowMapping) -> dict[str, Any]:
    """Return a list for a program."""
    digest = one["content_hash"]
    shown = {key: value for key, value in one.items() if key not in HIDDEN}
    return {**shown, "content_hash": bytes(digest).hex() if digest else None}

"""What counters send and get about companions."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from redemption.companions.rules import NAME_MAX, PHONE_MAX, REASON_MAX

CARD_TEXT_MIN, CARD_TEXT_MAX = 8, 400


class CompanionNote(BaseModel):
    """Who collects, told before the redemption whose id it carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID = Field(description="The id of the redemption that follows.")
    card: str = Field(min_length=CARD_TEXT_MIN, max_length=CARD_TEXT_MAX)
    cycle_id: UUID
    name: str = Field(min_length=1, max_length=NAME_MAX)
    phone: str = Field(default="", max_length=PHONE_MAX)
    relation: str = Field(max_length=40)
    reason: str = Field(max_length=REASON_MAX)


class NotedCompanion(BaseModel):
    """The companion's id, to be sent with the redemption."""

    companion_id: UUID


class Relation(BaseModel):
    """A relation that can be chosen, with how many families one may collect for in a cycle."""

    code: str
    name_id: str
    name_en: str
    families_max: int
    is_refused_beyond: bool

"""What the desk's larger forms hold."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from issuance.handing_over.hand_over import HandOver

Word = Annotated[str, Field(max_length=40)]


class HandOverForm(BaseModel):
    """To whom a card was given, as it was filled in."""

    model_config = ConfigDict(extra="ignore")

    handover_id: UUID
    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    collector: Word = ""
    document: Word = ""
    relation: Word = ""
    collector_name: str = Field(default="", max_length=200)
    collector_nik: Word = ""

    def wish(self) -> HandOver:
        """Return it as the hand-over that is wished for."""
        return HandOver(
            self.handover_id,
            self.card_id,
            self.collector,
            self.document,
            shown_at(self.handover_id),
            relation=self.relation,
            collector_name=self.collector_name,
            collector_nik="".join(self.collector_nik.split()),
        )


def shown_at(id: UUID) -> datetime:
    """Return when the form with this UUIDv7 was made: sent twice, it says the same moment twice."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)

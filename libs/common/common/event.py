"""What every event is, and how many things of a kind one message may carry."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

BATCH_MAX = 500


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]

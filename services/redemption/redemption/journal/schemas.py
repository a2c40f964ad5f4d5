"""What a terminal sends and gets about its journal."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from redemption.journal.chain_rules import SEGMENT_LINES_MAX
from redemption.journal.later_outcomes import Later
from redemption.journal.lines import LINE_CHARACTERS_MAX, SIGNATURE_CHARACTERS_MAX, Sent
from redemption.journal.missing_acts import ACTS_MAX
from redemption.journal.put_aside import Segment


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JournalStart(Strict):
    """A new journal; the terminal makes its id."""

    id: UUID
    replaces: UUID | None = Field(
        default=None,
        description="The journal that is open here and that the terminal has closed: it was told "
        "so by a server that has been restored from a backup since.",
    )


class SentLine(Strict):
    """The exact JSON text that was hashed and signed, and the terminal's signature of it."""

    line: str = Field(min_length=2, max_length=LINE_CHARACTERS_MAX)
    signature: str = Field(min_length=1, max_length=SIGNATURE_CHARACTERS_MAX)


class SegmentRequest(Strict):
    """A stretch of a journal, from the server's last line on."""

    id: UUID
    journal_id: UUID
    first_sequence: int = Field(ge=1, description="The number of the first line that is sent.")
    lines: list[SentLine] = Field(min_length=1, max_length=SEGMENT_LINES_MAX)

    def segment(self) -> Segment:
        """Return it in the words of the verb."""
        lines = tuple(Sent(one.line, one.signature) for one in self.lines)
        return Segment(self.id, self.journal_id, lines)


class AnsweredActs(Strict):
    """Acts of this terminal, with network, that it had an answer for."""

    ids: list[UUID] = Field(min_length=1, max_length=ACTS_MAX)


class MissingActs(BaseModel):
    """Which of them are not known here, because a backup was restored since."""

    missing: list[UUID]


class JournalState(BaseModel):
    """Where a terminal's journal stands here; `journal_id` null where it has none."""

    journal_id: UUID | None
    state: Literal["open", "quarantined"] | None
    last_sequence: int
    last_hash: str
    server_now: datetime

    @classmethod
    def of(cls, row: RowMapping | None, start: str, now: datetime) -> Self:
        """Return the state of a journal."""
        if row is None:
            return cls(
                journal_id=None, state=None, last_sequence=0, last_hash=start, server_now=now
            )
        return cls(
            journal_id=row["id"],
            state="open" if row["quarantined_at"] is None else "quarantined",
            last_sequence=row["last_sequence"],
            last_hash=row["last_hash"],
            server_now=now,
        )


class LineOutcome(BaseModel):
    """What became of a line. `sequence` 0 and no id: it could not be read."""

    sequence: int
    id: UUID | None
    outcome: Literal["accepted", "conflict", "quarantined"]
    code: str | None
    is_owed: bool | None
    title: str
    detail: str
    receipt_number: str | None


class LaterJudgement(BaseModel):
    """What a person judged of a line that had become a conflict."""

    id: UUID
    outcome: Literal["owed", "not_owed", "written_off"]
    reason: str
    judged_at: datetime


class LaterReview(BaseModel):
    """What a person decided about a journal that was held. `conflicts`: which of its lines became
    conflicts when it was released; its others were accepted."""

    journal_id: UUID
    outcome: Literal["released", "refused"]
    reason: str
    reviewed_at: datetime
    conflicts: list[UUID]


class LaterOutcomes(BaseModel):
    """What people decided since a moment; `until` is what to ask from the next time."""

    judgements: list[LaterJudgement]
    reviews: list[LaterReview]
    until: datetime

    @classmethod
    def of(cls, found: Later, until: datetime) -> Self:
        """Return what was found, in the words of the interface."""
        return cls.model_validate({**asdict(found), "until": until})


class SegmentAnswer(BaseModel):
    """Where the journal stands after a segment, and what became of each line."""

    journal_id: UUID
    state: Literal["open", "quarantined"]
    last_sequence: int
    last_hash: str
    quarantine_id: UUID | None
    outcomes: list[LineOutcome]

"""What the JSON interface to changes takes."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from registry.changes.record import Recording
from registry.changes.rules import (
    EVIDENCE_NUMBER_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX,
    Asked,
)

PEOPLE_MAX = 50
Relation = Literal[
    "husband",
    "wife",
    "child",
    "child_in_law",
    "grandchild",
    "parent",
    "parent_in_law",
    "other_family",
    "other",
]
Kind = Literal[
    "person_died",
    "head_changed",
    "moved_in_province",
    "moved_out",
    "split",
    "merge",
    "suspend",
    "resume",
    "leave",
    "kk_changed",
    "correction",
]


class ChangeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    household_id: UUID
    kind: Kind
    happened_on: date
    reason: str = Field(max_length=REASON_CHARACTERS_MAX)
    evidence_kind: str = Field(max_length=40, examples=["death_certificate"])
    evidence_number: str = Field(default="", max_length=EVIDENCE_NUMBER_CHARACTERS_MAX)
    person_ids: list[UUID] = Field(default_factory=list, max_length=PEOPLE_MAX)
    head_id: UUID | None = None
    old_head_relation: Relation = "other_family"
    to_region_code: str = Field(default="", max_length=13, examples=["62.03.01.1002"])
    enrolment_leaves: bool = False
    enrolment_ids: list[UUID] = Field(default_factory=list, max_length=PEOPLE_MAX)
    until_on: date | None = None
    new_household_id: UUID | None = None
    new_kk: str = Field(default="", max_length=20, description="A new KK number; kept sealed.")
    other_kk: str = Field(
        default="", max_length=20, description="The KK number of the family that joins."
    )
    corrects_id: UUID | None = None

    def recording(self) -> Recording:
        """Return the change to be recorded, its words with single spaces."""
        asked = Asked(
            kind=self.kind,
            happened_on=self.happened_on,
            person_ids=tuple(sorted(set(self.person_ids))),
            head_id=self.head_id,
            old_head_relation=self.old_head_relation,
            to_region_code=self.to_region_code if self.kind == "moved_in_province" else "",
            enrolment_leaves=self.enrolment_leaves,
            enrolment_ids=tuple(sorted(set(self.enrolment_ids))),
            until_on=self.until_on if self.kind == "suspend" else None,
            new_household_id=self.new_household_id if self.kind == "split" else None,
            has_new_kk=bool(self.new_kk.strip()),
        )
        return Recording(
            id=self.id,
            household_id=self.household_id,
            asked=asked,
            reason=" ".join(self.reason.split()),
            evidence_kind=self.evidence_kind,
            evidence_number=" ".join(self.evidence_number.split()),
            new_kk=self.new_kk.strip(),
            other_kk=self.other_kk.strip(),
            corrects_id=self.corrects_id if self.kind == "correction" else None,
        )


class ConfirmationRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    plan_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class SendBackRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=REASON_CHARACTERS_MAX)

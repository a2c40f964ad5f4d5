"""What a change in a family's life does: to its members, its enrolments and its card."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from common.problems import Refused

KINDS = (
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
)
EVIDENCE = (
    "death_certificate",
    "move_letter",
    "family_card",
    "marriage_book",
    "divorce_deed",
    "village_letter",
    "own_statement",
    "official_letter",
)
REASON_CHARACTERS_MIN = 10
REASON_CHARACTERS_MAX = 500
EVIDENCE_NUMBER_CHARACTERS_MAX = 60
SUSPENDED_DAYS_MAX = 366
HEAD, ALIVE, DEAD, MOVED = "head", "alive", "dead", "moved"
# Why enrolments end, for each change that ends all of them (enrolment.state_rules.REASONS).
END_REASONS = {"person_died": "dead", "moved_out": "moved_out", "merge": "merged"}


@dataclass(frozen=True, slots=True)
class Member:
    person_id: UUID
    version: int
    household_id: UUID
    relation: str
    status: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Family:
    """A family as a change finds it; `enrolments` are those that run or are suspended."""

    household_id: UUID
    region_code: str
    members: tuple[Member, ...]
    running: tuple[UUID, ...] = ()
    suspended: tuple[UUID, ...] = ()
    # How many changes were made to it: a plan made for another number is out of date.
    sequence: int = 0

    @property
    def alive(self) -> tuple[Member, ...]:
        """Its members who live in it."""
        return tuple(one for one in self.members if one.status == ALIVE)

    @property
    def head(self) -> Member | None:
        """The living head."""
        return next((one for one in self.alive if one.relation == HEAD), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person records. Ids only: no name and no number."""

    kind: str
    happened_on: date
    person_ids: tuple[UUID, ...] = ()
    head_id: UUID | None = None
    old_head_relation: str = "other_family"
    to_region_code: str = ""
    # After a division: whether the enrolment and the card go with those who leave.
    enrolment_leaves: bool = False
    enrolment_ids: tuple[UUID, ...] = ()
    until_on: date | None = None
    new_household_id: UUID | None = None
    has_new_kk: bool = False


@dataclass(frozen=True, slots=True)
class PersonStep:
    """A member as the change leaves it; `version` is the record it was planned on."""

    person_id: UUID
    version: int
    household_id: UUID
    relation: str
    status: str


@dataclass(frozen=True, slots=True)
class FamilyStep:
    """A family as the change leaves it, and what its card needs."""

    household_id: UUID
    kind: str
    region_code: str
    sequence: int
    card_action: str = "none"
    related_id: UUID | None = None
    is_new: bool = False
    # Which KK number it has from now on: keep, given, temporary, or that of `related_id`.
    kk: str = "keep"


@dataclass(frozen=True, slots=True)
class EnrolmentStep:
    household_id: UUID
    act: str
    enrolment_ids: tuple[UUID, ...]
    reason: str
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a change will do, shown before it is sent and again before it is confirmed."""

    families: tuple[FamilyStep, ...] = ()
    persons: tuple[PersonStep, ...] = ()
    enrolments: tuple[EnrolmentStep, ...] = ()

    @property
    def regions(self) -> tuple[str, ...]:
        """Where families have to be decided anew."""
        return tuple(sorted({one.region_code for one in self.families}))

    def as_json(self) -> dict[str, Any]:
        """Return the plan as it is stored and hashed."""
        whole: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return whole

    def digest(self) -> bytes:
        """Return the hash that says whether what is done is what was shown."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()


def check_times(asked: Asked, today: date) -> None:
    """Refuse a day to come, and a suspension without an end or with one too far away."""
    if asked.happened_on > today:
        raise Refused("change_in_future")
    if asked.kind == "suspend":
        until = asked.until_on
        if until is None or not 0 < (until - today).days <= SUSPENDED_DAYS_MAX:
            raise Refused("change_until_wrong", days=SUSPENDED_DAYS_MAX)


def chosen(family: Family, asked: Asked) -> tuple[Member, ...]:
    """Return the living members that were named; raises Refused."""
    found = tuple(one for one in family.alive if one.person_id in asked.person_ids)
    if not found:
        raise Refused("change_nobody_chosen")
    if len(found) != len(set(asked.person_ids)):
        raise Refused("change_member_unknown")
    return found


def named_head(members: Sequence[Member], head_id: UUID | None) -> Member:
    """Return who becomes head, out of those who can; raises Refused."""
    found = next((one for one in members if one.person_id == head_id), None)
    if found is None:
        raise Refused("change_head_needed")
    return found


def step_of(member: Member, **changed: Any) -> PersonStep:
    """Return a member with something changed."""
    now = replace(member, **changed)
    return PersonStep(now.person_id, now.version, now.household_id, now.relation, now.status)


def family_step(family: Family, kind: str, **more: Any) -> FamilyStep:
    """Return what happens to a family that stays where it is, unless `more` says otherwise."""
    values = {"region_code": family.region_code, "sequence": family.sequence, **more}
    return FamilyStep(household_id=family.household_id, kind=kind, **values)


def ending(family: Family, kind: str) -> tuple[EnrolmentStep, ...]:
    """Return the end of every enrolment of a family, or nothing when it has none."""
    ids = tuple(sorted((*family.running, *family.suspended)))
    if not ids:
        return ()
    return (EnrolmentStep(family.household_id, "end", ids, END_REASONS[kind]),)

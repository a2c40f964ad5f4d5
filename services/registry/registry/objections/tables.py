"""Objections of families to decisions, what they brought, and who did what about them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from registry.objections.rules import OPEN_STATES, STATES
from registry.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


IS_OPEN = text(f"state IN ({_quoted(OPEN_STATES)})")

# How long a family has, and how long the office: a decree says so, from a day on.
objection_terms = Table(
    "objection_terms",
    metadata,
    Column("valid_from", Date, primary_key=True),
    Column("legal_basis", Text, nullable=False),
    Column("days_to_object", Integer, nullable=False),
    Column("working_days_to_decide", Integer, nullable=False),
    CheckConstraint("days_to_object >= 1 AND working_days_to_decide >= 1", name="days"),
)

objections = Table(
    "objections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("receipt_number", Text, nullable=False, unique=True),
    Column("household_id", Uuid, ForeignKey("households.id"), nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("cycle_id", Uuid, ForeignKey("cycles.id"), nullable=False),
    Column("decision_id", Uuid, ForeignKey("decisions.id"), nullable=False),
    # The criterion that the family contests; null when all of it.
    Column("criterion_code", Text),
    Column("letter_id", Uuid),
    Column("letter_on", Date, nullable=False),
    Column("came_by", Text, nullable=False),
    # Who came and what was said; sealed, since it tells of a family's life.
    Column("sealed_words", LargeBinary, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'received'")),
    Column("received_by", Text, nullable=False),
    Column("received_by_name", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # By when an answer is owed.
    Column("due_on", Date, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("late_accepted", Boolean),
    Column("late_reason", Text),
    Column("late_by", Text),
    Column("late_by_name", Text),
    # Who made or let pass the decision that is contested: none of them decides again.
    Column("first_deciders", ARRAY(Text), nullable=False),
    Column("examined_by", Text),
    Column("examined_by_name", Text),
    Column("examined_at", DateTime(timezone=True)),
    Column("examined_how", Text),
    Column("examined_on", Date),
    Column("sealed_findings", LargeBinary),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_reason", Text),
    Column("new_decision_id", Uuid),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="state"),
    CheckConstraint("came_by IN ('counter', 'visit')", name="came_by"),
    CheckConstraint("decided_by IS NULL OR decided_by <> received_by", name="decider_not_receiver"),
    CheckConstraint(
        "decided_by IS NULL OR NOT (decided_by = ANY (first_deciders))", name="decider_is_new"
    ),
    CheckConstraint("late_by IS NULL OR late_by <> received_by", name="late_by_another"),
    CheckConstraint(
        "is_late OR (late_accepted IS NULL AND late_reason IS NULL)", name="late_when_late"
    ),
    CheckConstraint(
        "(late_accepted IS NULL) = (late_by IS NULL) AND "
        "(late_accepted IS NULL) = (late_reason IS NULL)",
        name="late_whole",
    ),
    # A late objection is refused by a person, and decided only when a person has let it in.
    CheckConstraint(
        "(state = 'late_refused') = (late_accepted IS NOT NULL AND NOT late_accepted)",
        name="late_refused",
    ),
    CheckConstraint(
        "state NOT IN ('upheld', 'rejected') OR NOT is_late OR late_accepted", name="late_let_in"
    ),
    CheckConstraint(
        "num_nonnulls(examined_by, examined_at, examined_how, examined_on, sealed_findings) "
        "IN (0, 5)",
        name="examination_whole",
    ),
    CheckConstraint("examined_how IN ('visit', 'documents')", name="examined_how"),
    CheckConstraint(
        "(state IN ('upheld', 'rejected')) = (decided_by IS NOT NULL) AND "
        "(decided_by IS NULL) = (decided_reason IS NULL)",
        name="decision_whole",
    ),
    CheckConstraint(
        "state NOT IN ('examined', 'upheld', 'rejected') OR examined_by IS NOT NULL",
        name="examined_first",
    ),
    CheckConstraint("(state = 'upheld') = (new_decision_id IS NOT NULL)", name="upheld_decides"),
    Index(
        "uq_objections_open",
        "household_id",
        "cycle_id",
        unique=True,
        postgresql_where=IS_OPEN,
    ),
    Index("ix_objections_household_id", "household_id"),
    Index(
        "ix_objections_region_code",
        "region_code",
        "state",
        "due_on",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

objection_evidence = Table(
    "objection_evidence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("objection_id", Uuid, ForeignKey("objections.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("byte_size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_by_name", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("position BETWEEN 1 AND 5", name="position"),
    CheckConstraint("byte_size BETWEEN 1 AND 5242880", name="byte_size"),
    UniqueConstraint("objection_id", "position"),
    UniqueConstraint("objection_id", "sha256"),
)

objection_evidence_pieces = Table(
    "objection_evidence_pieces",
    metadata,
    Column("evidence_id", Uuid, ForeignKey("objection_evidence.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Append-only.
objection_steps = Table(
    "objection_steps",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("objection_id", Uuid, ForeignKey("objections.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("note", Text),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_objection_steps_objection_id", "objection_id"),
)

"""Complaints of families, their answers, and who did what about them."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from redemption.complaints.rules import KINDS, OPEN_STATES, OUTCOMES, ROUNDS, STATES
from redemption.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


complaints = Table(
    "complaints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    # Of the card that was shown; a family that never had one complains without.
    Column("household_id", Uuid),
    Column("card_id", String(16)),
    Column("region_code", String(13), nullable=False),
    Column("kind", Text, nullable=False),
    # Who complains and what was said; sealed for "complaints.words:<id>".
    Column("sealed_words", LargeBinary, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("redemption_id", Uuid),
    Column("partner_id", Uuid),
    Column("partner_name", Text, nullable=False, server_default=text("''")),
    # Who gave what is complained about: none of them answers.
    Column("involved", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'received'")),
    Column("received_by", Text, nullable=False),
    Column("received_by_name", Text, nullable=False),
    Column("received_partner_id", Uuid),
    Column("received_at", DateTime(timezone=True), nullable=False),
    # By when an answer is owed; counted anew when it is opened again.
    Column("due_on", Date, nullable=False),
    Column("assigned_to", Text),
    Column("assigned_to_name", Text),
    Column("assigned_at", DateTime(timezone=True)),
    Column("reopened_at", DateTime(timezone=True)),
    CheckConstraint(f"kind IN ({_quoted(KINDS)})", name="kind"),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="state"),
    CheckConstraint("(household_id IS NULL) = (card_id IS NULL)", name="card_of_family"),
    CheckConstraint(
        "num_nulls(assigned_to, assigned_to_name, assigned_at) IN (0, 3)", name="assigned_whole"
    ),
    CheckConstraint("assigned_to <> received_by", name="assigned_another"),
    CheckConstraint("NOT (assigned_to = ANY (involved))", name="assigned_uninvolved"),
    CheckConstraint("state <> 'reopened' OR reopened_at IS NOT NULL", name="reopened_when"),
    Index(
        "ix_complaints_open",
        "region_code",
        "due_on",
        postgresql_where=text(f"state IN ({_quoted(OPEN_STATES)})"),
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
    Index("ix_complaints_household_id", "household_id"),
    Index("ix_complaints_redemption_id", "redemption_id"),
    Index("ix_complaints_received_by", "received_by", "received_at"),
    Index("ix_complaints_received_partner_id", "received_partner_id", "received_at"),
)

# Append-only: what the family was told stays told. A second round has another person behind it.
complaint_answers = Table(
    "complaint_answers",
    metadata,
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("outcome", Text, nullable=False),
    # Sealed for "complaint_answers.words:<complaint_id>:<round>".
    Column("sealed_answer", LargeBinary, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_by_name", Text, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Copied, so that the database itself can hold the rule of two people.
    Column("received_by", Text, nullable=False),
    Column("involved", ARRAY(Text), nullable=False),
    Column("first_answered_by", Text),
    CheckConstraint(f"round BETWEEN 1 AND {ROUNDS}", name="rounds"),
    CheckConstraint(f"outcome IN ({_quoted(OUTCOMES)})", name="outcome"),
    CheckConstraint("answered_by <> received_by", name="not_the_receiver"),
    CheckConstraint("NOT (answered_by = ANY (involved))", name="not_involved"),
    CheckConstraint("(round = 1) = (first_answered_by IS NULL)", name="second_knows_first"),
    CheckConstraint("first_answered_by <> answered_by", name="second_is_another"),
)

complaint_steps = Table(
    "complaint_steps",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("step", Text, nullable=False),
    # Why it was opened again, sealed for "complaint_steps.words:<id>".
    Column("sealed_words", LargeBinary),
    Column("person", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("step IN ('received', 'assigned', 'answered', 'reopened')", name="step"),
    Index("ix_complaint_steps_complaint_id", "complaint_id", "at"),
    # It is opened again once.
    Index(
        "uq_complaint_steps_reopened",
        "complaint_id",
        unique=True,
        postgresql_where=text("step = 'reopened'"),
    ),
)

# How often somebody asked for a complaint with a number and card that do not go together.
complaint_misses = Table(
    "complaint_misses",
    metadata,
    Column("person", Text, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("misses", Integer, nullable=False),
)

"""Limits, clocks and thresholds, each version with its reason and the two people behind it."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from redemption.measures.rules import STATES, TOPICS
from redemption.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


measures = Table(
    "measures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'proposed'")),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    # From here on it holds, until a younger one does.
    Column("decided_at", DateTime(timezone=True)),
    CheckConstraint(f"topic IN ({_quoted(TOPICS)})", name="topic"),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="state"),
    CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided_by_somebody"),
    CheckConstraint(
        "num_nulls(decided_by, decided_by_name, decided_at) IN (0, 3)", name="decision_whole"
    ),
    CheckConstraint(
        "state = 'withdrawn' OR decided_by IS NULL OR decided_by <> proposed_by",
        name="two_people",
    ),
    CheckConstraint("length(reason) >= 10", name="has_reason"),
    Index("ix_measures_code", "topic", "code", "state", "decided_at"),
    # One at a time waits for the second person.
    Index(
        "uq_measures_proposed",
        "topic",
        "code",
        unique=True,
        postgresql_where=text("state = 'proposed'"),
    ),
)

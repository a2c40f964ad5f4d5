"""Runs of the comparison, the pairs it found, and the merges that people decided."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.schema import metadata


def _moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


match_runs = Table(
    "match_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    # SHA-256 of the settings and thresholds that it ran under.
    Column("model", Text, nullable=False),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("asked_by", Text, nullable=False),
    Column("asked_by_name", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    _moment("finished_at"),
    Index("ix_match_runs_finished_at", "finished_at"),
)

# Two records that may be one person; kept for ever, so that what was judged is not asked again.
match_candidates = Table(
    "match_candidates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_a", Uuid, nullable=False),
    Column("person_b", Uuid, nullable=False),
    Column("region_a", String(13), nullable=False),
    Column("region_b", String(13), nullable=False),
    Column("rule", Text, nullable=False),
    # log2 of the odds that they are one person.
    Column("weight", Double, nullable=False),
    Column("strength", Text, nullable=False),
    # What agrees and what differs, as codes: never the values themselves.
    Column("evidence", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("run_id", Uuid, nullable=False),
    _moment("found_at"),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("reason", Text),
    CheckConstraint("person_a < person_b", name="in_order"),
    CheckConstraint("strength IN ('high', 'low')", name="strength"),
    CheckConstraint("state IN ('open', 'later', 'same', 'different', 'gone')", name="state"),
    CheckConstraint(
        "(state IN ('open', 'gone')) = (decided_by IS NULL) AND "
        "(decided_by IS NULL) = (decided_at IS NULL) AND "
        "(decided_by IS NULL) = (decided_by_name IS NULL)",
        name="decided_whole",
    ),
    UniqueConstraint("person_a", "person_b", name="uq_match_candidates_pair"),
    Index("ix_match_candidates_person_b", "person_b"),
    Index(
        "ix_match_candidates_waiting",
        "weight",
        "id",
        postgresql_where=text("state IN ('open', 'later')"),
    ),
)

merges = Table(
    "merges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("candidate_id", Uuid, ForeignKey("match_candidates.id"), nullable=False),
    Column("kept_id", Uuid, nullable=False),
    Column("closed_id", Uuid, nullable=False),
    Column("closed_household_id", Uuid, nullable=False),
    # What the undo puts back: the record's former state, and the ids of what was moved.
    Column("moved", JSONB, nullable=False),
    Column("merged_by", Text, nullable=False),
    Column("merged_by_name", Text, nullable=False),
    _moment("merged_at"),
    Column("undone_by", Text),
    Column("undone_by_name", Text),
    Column("undone_at", DateTime(timezone=True)),
    Column("undo_reason", Text),
    CheckConstraint("kept_id <> closed_id", name="two_records"),
    CheckConstraint(
        "(undone_by IS NULL) = (undone_at IS NULL) AND "
        "(undone_by IS NULL) = (undone_by_name IS NULL) AND "
        "(undone_by IS NULL) = (undo_reason IS NULL)",
        name="undone_whole",
    ),
    Index(
        "uq_merges_standing",
        "closed_id",
        unique=True,
        postgresql_where=text("undone_at IS NULL"),
    ),
    Index("ix_merges_candidate_id", "candidate_id"),
)

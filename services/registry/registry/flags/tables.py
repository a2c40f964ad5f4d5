"""Flags on persons and families: each with who said so, when, and how much it weighs."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from registry.schema import metadata

# No foreign key to the subject: an import that is rolled back takes its families with it.
flags = Table(
    "flags",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    # Where the subject lived when the flag was raised; a person may have moved since.
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_on", Date, nullable=False),
    Column("import_id", Uuid),
    Column("note", Text),
    # A judgement of the person who raised it, as opposed to what a file or a comparison says.
    Column("is_by_hand", Boolean, nullable=False, server_default=text("false")),
    Column("raised_by", Text, nullable=False),
    Column("raised_by_name", Text, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("cleared_by", Text),
    Column("cleared_by_name", Text),
    Column("cleared_at", DateTime(timezone=True)),
    Column("clear_reason", Text),
    CheckConstraint("subject_kind IN ('person', 'household')", name="subject_kind"),
    CheckConstraint("severity IN ('blocking', 'notice')", name="severity"),
    CheckConstraint(
        "(cleared_at IS NULL) = (cleared_by IS NULL) AND (cleared_at IS NULL) = "
        "(clear_reason IS NULL) AND (cleared_at IS NULL) = (cleared_by_name IS NULL)",
        name="cleared_whole",
    ),
    CheckConstraint(
        "severity <> 'blocking' OR NOT is_by_hand OR cleared_by <> raised_by",
        name="maker_is_not_clearer",
    ),
    Index(
        "uq_flags_open",
        "subject_id",
        "kind",
        "source",
        unique=True,
        postgresql_where=text("cleared_at IS NULL"),
    ),
    Index("ix_flags_subject_id", "subject_id", "raised_at"),
    Index(
        "ix_flags_open_blocking",
        "region_code",
        postgresql_ops={"region_code": "text_pattern_ops"},
        postgresql_where=text("cleared_at IS NULL AND severity = 'blocking'"),
    ),
    Index(
        "ix_flags_region_code",
        "region_code",
        "id",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

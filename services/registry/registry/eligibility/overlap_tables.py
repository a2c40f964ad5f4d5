"""The overlap matrix under a decree, and the exceptions that a person granted to a family."""

from sqlalchemy import (
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

from registry.schema import metadata

overlap_versions = Table(
    "overlap_versions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, unique=True),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'draft'")),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_by_name", Text, nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("content_hash", LargeBinary),
    CheckConstraint("state IN ('draft', 'approved')", name="state"),
    CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="two_people"),
    CheckConstraint(
        "(state = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL "
        "AND content_hash IS NOT NULL)",
        name="approval_whole",
    ),
    # The matrix that started last counts: two cannot start on one day.
    Index(
        "uq_overlap_versions_start",
        "valid_from",
        unique=True,
        postgresql_where=text("state = 'approved'"),
    ),
)

# What being on the other programme means for a family of this one.
overlap_pairs = Table(
    "overlap_pairs",
    metadata,
    Column("overlap_version_id", Uuid, ForeignKey("overlap_versions.id"), primary_key=True),
    Column("programme_code", Text, ForeignKey("programmes.code"), primary_key=True),
    # A programme of ours, or one of others (`overlap_rules.OUTSIDE`).
    Column("other_code", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason_id", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    CheckConstraint("outcome IN ('exclude', 'allow', 'flag')", name="outcome"),
    CheckConstraint(
        "programme_code <> other_code AND other_code ~ '^[a-z][a-z0-9_]{1,40}$'", name="codes"
    ),
)

# A person's word that a pair does not stand in the way of one family, with the reason.
overlap_exceptions = Table(
    "overlap_exceptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("household_id", Uuid, ForeignKey("households.id"), nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("programme_id", Uuid, ForeignKey("programmes.id"), nullable=False),
    Column("other_code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("granted_by", Text, nullable=False),
    Column("granted_by_name", Text, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_by", Text),
    Column("ended_by_name", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    CheckConstraint("length(reason) >= 10", name="reason"),
    CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="dates_in_order"),
    CheckConstraint(
        "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
        name="end_whole",
    ),
    Index(
        "uq_overlap_exceptions_open",
        "programme_id",
        "household_id",
        "other_code",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
)

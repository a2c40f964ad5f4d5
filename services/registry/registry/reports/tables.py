"""How far each village is, by day and now, and the releases of aggregated data sets."""

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
from sqlalchemy.dialects.postgresql import JSONB

from registry.reports.rules import MEASURES
from registry.schema import metadata


def _measures() -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=text("0")) for name in MEASURES]


village_progress = Table(
    "village_progress",
    metadata,
    Column("region_code", String(13), ForeignKey("regions.code"), primary_key=True),
    *_measures(),
    Column("last_import_at", DateTime(timezone=True)),
)

# One row: what was last counted, so that nothing is counted again while nothing has happened.
progress_refreshes = Table(
    "progress_refreshes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("marker", Text, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

progress_days = Table(
    "progress_days",
    metadata,
    Column("day", Date, primary_key=True),
    # A regency: days of villages would be half a million rows a year.
    Column("region_code", String(5), ForeignKey("regions.code"), primary_key=True),
    *_measures(),
)

dataset_releases = Table(
    "dataset_releases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dataset_code", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'prepared'")),
    # Frozen when prepared, small cells already hidden; what is published is what was checked.
    Column("rows", JSONB, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("suppressed_cells", Integer, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("prepared_by_name", Text, nullable=False),
    Column("prepared_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("checked_by", Text),
    Column("checked_by_name", Text),
    Column("checked_at", DateTime(timezone=True)),
    Column("return_reason", Text),
    CheckConstraint("state IN ('prepared', 'published', 'returned')", name="state"),
    CheckConstraint("checked_by IS NULL OR checked_by <> prepared_by", name="two_people"),
    CheckConstraint(
        "(state = 'prepared') = (checked_by IS NULL AND checked_at IS NULL)", name="check_whole"
    ),
    CheckConstraint("(state = 'returned') = (return_reason IS NOT NULL)", name="return_has_reason"),
    Index("ix_dataset_releases_dataset_code", "dataset_code", "prepared_at"),
    Index(
        "uq_dataset_releases_published",
        "dataset_code",
        "period",
        unique=True,
        postgresql_where=text("state = 'published'"),
    ),
)

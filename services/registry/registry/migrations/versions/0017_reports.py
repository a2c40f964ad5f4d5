"""How far each village is, by day and now, and the releases of aggregated data sets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MEASURES = (
    "families",
    "complete",
    "checked",
    "flagged",
    "decided",
    "approved",
    "persons",
    "files",
)


def measures() -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0"))
        for name in MEASURES
    ]


def moment(name: str, *, is_needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not is_needed)


def upgrade() -> None:
    op.create_table(
        "village_progress",
        sa.Column("region_code", sa.String(13), sa.ForeignKey("regions.code"), primary_key=True),
        *measures(),
        moment("last_import_at"),
    )
    op.create_table(
        "progress_refreshes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("marker", sa.Text, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        moment("refreshed_at", is_needed=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_progress_refreshes_one_row")),
    )
    op.create_table(
        "progress_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("region_code", sa.String(5), sa.ForeignKey("regions.code"), primary_key=True),
        *measures(),
    )
    create_releases()


def create_releases() -> None:
    named = "ck_dataset_releases_"
    op.create_table(
        "dataset_releases",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("dataset_code", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'prepared'")),
        sa.Column("rows", JSONB, nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("suppressed_cells", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("prepared_by", sa.Text, nullable=False),
        sa.Column("prepared_by_name", sa.Text, nullable=False),
        sa.Column(
            "prepared_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.Column("checked_by", sa.Text),
        sa.Column("checked_by_name", sa.Text),
        moment("checked_at"),
        sa.Column("return_reason", sa.Text),
        sa.CheckConstraint(
            "state IN ('prepared', 'published', 'returned')", name=op.f(f"{named}state")
        ),
        sa.CheckConstraint(
            "checked_by IS NULL OR checked_by <> prepared_by", name=op.f(f"{named}two_people")
        ),
        sa.CheckConstraint(
            "(state = 'prepared') = (checked_by IS NULL AND checked_at IS NULL)",
            name=op.f(f"{named}check_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (return_reason IS NOT NULL)",
            name=op.f(f"{named}return_has_reason"),
        ),
    )
    op.create_index(
        "ix_dataset_releases_dataset_code", "dataset_releases", ["dataset_code", "prepared_at"]
    )
    op.create_index(
        "uq_dataset_releases_published",
        "dataset_releases",
        ["dataset_code", "period"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )


def downgrade() -> None:
    for table in ("dataset_releases", "progress_days", "progress_refreshes", "village_progress"):
        op.drop_table(table)

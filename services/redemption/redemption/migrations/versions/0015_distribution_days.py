"""Distribution days, and what the cycle's page counts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_cycle_counts()


def downgrade() -> None:
    for table in ("cycle_counts", "cycle_days", "cycle_villages"):
        op.drop_table(table)


def create_cycle_counts() -> None:
    op.create_table(
        "cycle_villages",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("entitled_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("collected_rupiah", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "collected + begun <= entitled", name=op.f("ck_cycle_villages_parts_of_a_whole")
        ),
        sa.PrimaryKeyConstraint(
            "cycle_id", "benefit_id", "region_code", name=op.f("pk_cycle_villages")
        ),
    )
    op.create_table(
        "cycle_days",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "cycle_id", "benefit_id", "region_code", "day", name=op.f("pk_cycle_days")
        ),
    )
    op.create_table(
        "cycle_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_cycle_counts_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_counts")),
    )

"""Enrolments that wait or end after their approval, and families that move."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_enrolment_standings()
    create_household_regions()
    op.add_column(
        "entitlements",
        sa.Column("standing", sa.Text(), server_default=sa.text("'running'"), nullable=False),
    )
    op.add_column("entitlements", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_entitlements_standing"),
        "entitlements",
        "standing IN ('running', 'suspended', 'ended')",
    )
    op.create_check_constraint(
        op.f("ck_entitlements_end_has_time"),
        "entitlements",
        "(standing = 'ended') = (ends_at IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_column("entitlements", "ends_at")
    op.drop_column("entitlements", "standing")
    op.drop_table("household_regions")
    op.drop_table("enrolment_standings")


def create_enrolment_standings() -> None:
    op.create_table(
        "enrolment_standings",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_benefit_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint(
            "(standing = 'ended') = (ended_at IS NOT NULL)",
            name=op.f("ck_enrolment_standings_end_has_time"),
        ),
        sa.CheckConstraint(
            "standing IN ('running', 'suspended', 'ended')",
            name=op.f("ck_enrolment_standings_standing"),
        ),
        sa.PrimaryKeyConstraint("household_id", "cycle_id", name=op.f("pk_enrolment_standings")),
    )


def create_household_regions() -> None:
    op.create_table(
        "household_regions",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household_regions")),
    )

"""What became of a family's payments."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_payments",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_name_id", sa.Text(), nullable=False),
        sa.Column("benefit_name_en", sa.Text(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('paid', 'failed')", name=op.f("ck_family_payments_outcome")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_family_payments_version")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_family_payments")),
    )
    op.create_index("ix_family_payments_household_id", "family_payments", ["household_id"])


def downgrade() -> None:
    op.drop_table("family_payments")

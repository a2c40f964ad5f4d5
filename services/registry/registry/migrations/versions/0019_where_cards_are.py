"""Where the card of a family is."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_ways",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=13), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version >= 0", name=op.f("ck_card_ways_version")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_ways")),
    )
    op.create_index("ix_card_ways_household_id", "card_ways", ["household_id"])


def downgrade() -> None:
    op.drop_table("card_ways")

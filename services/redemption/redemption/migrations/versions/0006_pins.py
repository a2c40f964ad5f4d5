"""PINs of cards."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_pins",
        sa.Column("card_id", sa.String(16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "attempts_left BETWEEN 0 AND 5", name=op.f("ck_card_pins_attempts_left")
        ),
        sa.CheckConstraint(
            "(attempts_left = 0) = (locked_at IS NOT NULL)", name=op.f("ck_card_pins_locked")
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_pins")),
    )


def downgrade() -> None:
    op.drop_table("card_pins")

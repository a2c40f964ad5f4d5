"""Which PINs were typed wrongly too often at a counter, so that the desk sees it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_pin_locks",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("card_id", "sequence", name=op.f("pk_card_pin_locks")),
    )


def downgrade() -> None:
    op.drop_table("card_pin_locks")

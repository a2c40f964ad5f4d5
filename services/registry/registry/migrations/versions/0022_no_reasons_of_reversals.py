"""Why something received was undone stays where it was written: it may name somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("household_redemptions", "reversal_reason")


def downgrade() -> None:
    op.add_column("household_redemptions", sa.Column("reversal_reason", sa.Text(), nullable=True))

"""Signed checkpoints of the audit chain."""

from alembic import op

from common.migrate import create_checkpoint_tables, drop_checkpoint_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_checkpoint_tables(op.get_bind())


def downgrade() -> None:
    drop_checkpoint_tables(op.get_bind())

"""The tables of the common library: outbox, inbox, dead letters, sessions, audit."""

from alembic import op

from common.migrate import create_common_tables
from common.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_common_tables(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
    op.execute("DROP FUNCTION refuse_change()")

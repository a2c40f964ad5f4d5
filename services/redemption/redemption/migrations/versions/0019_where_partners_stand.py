"""The village where a partner stands, so that the distance between two of them can be known."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

VILLAGE_CODE = r"^(62\.\d{2}\.\d{2}\.[12]\d{3})?$"


def upgrade() -> None:
    op.add_column(
        "partners", sa.Column("village_code", sa.Text(), nullable=False, server_default="")
    )
    op.create_check_constraint("village_code", "partners", f"village_code ~ '{VILLAGE_CODE}'")


def downgrade() -> None:
    op.drop_column("partners", "village_code")

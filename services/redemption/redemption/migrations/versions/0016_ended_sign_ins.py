"""When the sign-ins of an account were last ended at the issuer."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sign_ins",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_ended_sign_ins")),
    )
    op.create_index("ix_terminal_operators_subject", "terminal_operators", ["subject"])


def downgrade() -> None:
    op.drop_index("ix_terminal_operators_subject", "terminal_operators")
    op.drop_table("ended_sign_ins")

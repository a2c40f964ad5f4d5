"""Who saw a card of plastic destroyed that had ended before its family got it."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "destroyed_cards",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_destroyed_cards_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_destroyed_cards")),
    )
    op.execute(append_only("destroyed_cards"))


def downgrade() -> None:
    op.drop_table("destroyed_cards")

"""Signing a province writes less: fewer entries in indexes, and events as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What few rows have is unique among those few, and the others are not in the index.
# Name of the constraint, table, column.
SPARSE = (
    ("uq_cards_replaces_card_id", "cards", "replaces_card_id"),
    ("uq_card_changes_change_id", "card_changes", "change_id"),
)


def upgrade() -> None:
    for name, table, column in SPARSE:
        op.drop_constraint(name, table)
        op.create_index(
            name,
            table,
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    # The same as ix_card_changes_acts.
    op.drop_index("ix_card_changes_own_work", "card_changes")
    # An event of 500 cards is mostly sealed text, which hardly shrinks, and it stays for days only.
    op.execute("ALTER TABLE outbox ALTER COLUMN envelope SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE outbox ALTER COLUMN envelope SET STORAGE EXTENDED")
    op.create_index(
        "ix_card_changes_own_work",
        "card_changes",
        ["actor", "at"],
        postgresql_where=sa.text("change_id IS NOT NULL"),
    )
    for name, table, column in SPARSE:
        op.drop_index(name, table)
        op.create_unique_constraint(name, table, [column])

"""Cards that count only once they were handed over."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    set_statuses("'not_active', 'valid', 'suspended', 'revoked'")


def downgrade() -> None:
    # A card that waits was valid to the older program.
    op.execute("UPDATE card_statuses SET status = 'valid' WHERE status = 'not_active'")
    set_statuses("'valid', 'suspended', 'revoked'")


def set_statuses(words: str) -> None:
    """Let a card have these statuses and no others."""
    name = op.f("ck_card_statuses_status")
    op.drop_constraint(name, "card_statuses")
    op.create_check_constraint(name, "card_statuses", f"status IN ({words})")

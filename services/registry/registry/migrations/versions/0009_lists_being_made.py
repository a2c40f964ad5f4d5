"""A list is put together by the worker, after the decisions that were asked for before it."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = "'proposed', 'verified', 'approving'"


def upgrade() -> None:
    write(f"'proposing', {OPEN}")


def downgrade() -> None:
    write(OPEN)


def write(open_states: str) -> None:
    op.drop_constraint(op.f("ck_beneficiary_lists_state"), "beneficiary_lists")
    op.create_check_constraint(
        op.f("ck_beneficiary_lists_state"),
        "beneficiary_lists",
        f"state IN ({open_states}, 'approved', 'returned')",
    )
    op.execute("DROP INDEX uq_beneficiary_lists_open")
    op.execute(
        "CREATE UNIQUE INDEX uq_beneficiary_lists_open ON beneficiary_lists "
        f"(cycle_id, region_code) WHERE state IN ({open_states})"
    )

"""Files whose columns a person names, and what was said about them for the next time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = "'uploaded', 'staged', 'committing', 'committed', 'refused', 'withdrawn'"


def upgrade() -> None:
    write_states(f"{STATES}, 'needs_mapping'")
    create_column_samples()
    create_column_mappings()


def downgrade() -> None:
    op.drop_table("column_mappings")
    op.drop_table("column_samples")
    op.execute("UPDATE import_batches SET state = 'withdrawn' WHERE state = 'needs_mapping'")
    write_states(STATES)


def write_states(states: str) -> None:
    op.drop_constraint(op.f("ck_import_batches_state"), "import_batches")
    op.create_check_constraint(
        op.f("ck_import_batches_state"), "import_batches", f"state IN ({states})"
    )


def create_column_samples() -> None:
    op.create_table(
        "column_samples",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_batches.id"],
            name=op.f("fk_column_samples_import_id_import_batches"),
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_column_samples")),
    )


def create_column_mappings() -> None:
    op.create_table(
        "column_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("header_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('people', 'deciles', 'dukcapil')", name=op.f("ck_column_mappings_kind")
        ),
        sa.ForeignKeyConstraint(
            ["region_code"],
            ["regions.code"],
            name=op.f("fk_column_mappings_region_code_regions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_mappings")),
    )
    op.create_index(
        "ix_column_mappings_header_hash",
        "column_mappings",
        ["header_hash", "region_code", "made_at"],
    )

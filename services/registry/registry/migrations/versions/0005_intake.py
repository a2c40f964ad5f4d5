"""Uploaded files and their staged rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("import_batches", "import_pieces", "staged_rows")


def upgrade() -> None:
    create_import_batches()
    create_import_pieces()
    create_staged_rows()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_import_batches() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=True),
        sa.Column(
            "about",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'uploaded'"), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column(
            "failure_facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_by_name", sa.Text(), nullable=False),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committed_by", sa.Text(), nullable=True),
        sa.Column("committed_by_name", sa.Text(), nullable=True),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'committed') = (committed_at IS NOT NULL)",
            name=op.f("ck_import_batches_commit_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (failure_code IS NOT NULL)",
            name=op.f("ck_import_batches_refusal_has_code"),
        ),
        sa.CheckConstraint(
            "state IN ('uploaded', 'staged', 'committing', 'committed', 'refused', 'withdrawn')",
            name=op.f("ck_import_batches_state"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_import_batches_region_code_regions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_index(
        "ix_import_batches_region_code",
        "import_batches",
        ["region_code", "uploaded_at"],
        unique=False,
    )
    op.create_index("ix_import_batches_sha256", "import_batches", ["sha256"], unique=False)


def create_import_pieces() -> None:
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_batches.id"],
            name=op.f("fk_import_pieces_import_id_import_batches"),
        ),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_import_pieces")),
    )


def create_staged_rows() -> None:
    op.create_table(
        "staged_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("temporary_number", sa.Text(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("nik_index", sa.LargeBinary(), nullable=True),
        sa.Column("nik_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("kk_index", sa.LargeBinary(), nullable=True),
        sa.Column("kk_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("birth_place", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("marital", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("fact_code", sa.Text(), nullable=True),
        sa.Column("fact_value", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("changed_fields", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_batches.id"],
            name=op.f("fk_staged_rows_import_id_import_batches"),
        ),
        sa.PrimaryKeyConstraint("import_id", "row_number", name=op.f("pk_staged_rows")),
    )
    op.create_index(
        "ix_staged_rows_wrong",
        "staged_rows",
        ["import_id", "row_number"],
        unique=False,
        postgresql_where=sa.text("errors <> '[]'::jsonb"),
    )

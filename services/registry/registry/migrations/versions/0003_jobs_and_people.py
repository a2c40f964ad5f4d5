"""Jobs of the worker; regions, families and their members."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("jobs", "regions", "households", "persons", "person_versions")
APPEND_ONLY = ("person_versions",)


def upgrade() -> None:
    create_jobs()
    create_regions()
    create_households()
    create_persons()
    create_person_versions()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "arguments",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_jobs_failure_has_code")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_subject_id", "jobs", ["subject_id", "requested_at"], unique=False)
    op.create_index(
        "ix_jobs_waiting",
        "jobs",
        ["kind", "requested_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def create_regions() -> None:
    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.String(length=13), nullable=True),
        sa.CheckConstraint(
            "level IN ('province', 'regency', 'district', 'village')", name=op.f("ck_regions_level")
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["regions.code"], name=op.f("fk_regions_parent_code_regions")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_index("ix_regions_parent_code", "regions", ["parent_code"], unique=False)


def create_households() -> None:
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("kk_index", sa.LargeBinary(), nullable=False),
        sa.Column("kk_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(address_index IS NULL) = (address_sealed IS NULL)",
            name=op.f("ck_households_address_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_households_region_code_regions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("kk_index", name=op.f("uq_households_kk_index")),
    )
    op.create_index(
        "ix_households_region_code",
        "households",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )


def create_persons() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("nik_index", sa.LargeBinary(), nullable=True),
        sa.Column("nik_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("temporary_number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("birth_place", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("marital", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("sex IN ('M', 'F')", name=op.f("ck_persons_sex")),
        sa.CheckConstraint(
            "status IN ('alive', 'dead', 'moved', 'missing')", name=op.f("ck_persons_status")
        ),
        sa.CheckConstraint(
            "(nik_index IS NULL) = (nik_sealed IS NULL)", name=op.f("ck_persons_nik_whole")
        ),
        sa.CheckConstraint(
            "nik_index IS NOT NULL OR temporary_number IS NOT NULL",
            name=op.f("ck_persons_has_number"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_persons_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("nik_index", name=op.f("uq_persons_nik_index")),
        sa.UniqueConstraint("temporary_number", name=op.f("uq_persons_temporary_number")),
    )
    op.create_index("ix_persons_household_id", "persons", ["household_id"], unique=False)


def create_person_versions() -> None:
    op.create_table(
        "person_versions",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_person_versions_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_person_versions")),
    )

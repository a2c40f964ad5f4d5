"""What criteria find, and the decisions about families."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("findings", "decisions", "current_decisions")
APPEND_ONLY = (
    "findings",
    "decisions",
)


def upgrade() -> None:
    create_findings()
    create_decisions()
    create_current_decisions()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("criteria_version_id", sa.Uuid(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_hash", sa.LargeBinary(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('eligible', 'ineligible', 'needs_review')",
            name=op.f("ck_findings_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["criteria_version_id"],
            ["criteria_versions.id"],
            name=op.f("fk_findings_criteria_version_id_criteria_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint(
            "criteria_version_id",
            "inputs_hash",
            name=op.f("uq_findings_criteria_version_id_inputs_hash"),
        ),
    )


def create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("findings_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("fact_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("roster_load_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_by_name", sa.Text(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "outcome IN ('eligible', 'ineligible', 'needs_review')",
            name=op.f("ck_decisions_outcome"),
        ),
        sa.CheckConstraint(
            "(reviewed_by IS NULL) = (review_reason IS NULL)",
            name=op.f("ck_decisions_review_has_reason"),
        ),
        sa.CheckConstraint(
            "review_reason IS NULL OR length(review_reason) >= 10",
            name=op.f("ck_decisions_reason_length"),
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycles.id"], name=op.f("fk_decisions_cycle_id_cycles")
        ),
        sa.ForeignKeyConstraint(
            ["findings_id"], ["findings.id"], name=op.f("fk_decisions_findings_id_findings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_decisions_supersedes_id")),
    )
    op.create_index(
        "ix_decisions_household_id", "decisions", ["household_id", "cycle_id"], unique=False
    )


def create_current_decisions() -> None:
    op.create_table(
        "current_decisions",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycles.id"], name=op.f("fk_current_decisions_cycle_id_cycles")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decisions.id"],
            name=op.f("fk_current_decisions_decision_id_decisions"),
        ),
        sa.PrimaryKeyConstraint("cycle_id", "household_id", name=op.f("pk_current_decisions")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_current_decisions_decision_id")),
    )
    op.create_index(
        "ix_current_decisions_region",
        "current_decisions",
        ["cycle_id", "region_code", "outcome"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )

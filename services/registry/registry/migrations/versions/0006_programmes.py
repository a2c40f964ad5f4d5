"""Programmes, what they give and when, and criteria under a decree."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("programmes", "benefits", "cycles", "criteria_versions", "criteria")
# What was approved is what families were decided by: no line of it may change afterwards.
REFUSE_CHANGE_OF_APPROVED = """
CREATE FUNCTION refuse_change_of_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE version_state text;
BEGIN
    IF TG_TABLE_NAME = 'criteria_versions' THEN
        version_state := OLD.state;
    ELSE
        SELECT state INTO version_state FROM criteria_versions
        WHERE id = coalesce(NEW.criteria_version_id, OLD.criteria_version_id);
        IF TG_OP = 'UPDATE' AND version_state <> 'approved' THEN
            SELECT state INTO version_state FROM criteria_versions
            WHERE id = OLD.criteria_version_id;
        END IF;
    END IF;
    IF version_state = 'approved' THEN
        RAISE EXCEPTION 'approved criteria do not change' USING ERRCODE = '2F002';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""
PROTECT = (
    "CREATE TRIGGER criteria_versions_fixed BEFORE UPDATE OR DELETE ON criteria_versions "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_approved()",
    "CREATE TRIGGER criteria_fixed BEFORE INSERT OR UPDATE OR DELETE ON criteria "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_approved()",
    "CREATE TRIGGER criteria_kept BEFORE TRUNCATE ON criteria "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER criteria_versions_kept BEFORE TRUNCATE ON criteria_versions "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    create_programmes()
    create_benefits()
    create_cycles()
    create_criteria_versions()
    create_criteria()
    op.execute(REFUSE_CHANGE_OF_APPROVED)
    for statement in PROTECT:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_approved()")


def create_programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("code", name=op.f("uq_programmes_code")),
    )


def create_benefits() -> None:
    op.create_table(
        "benefits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("partner_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('parcel', 'cash', 'balance', 'fee', 'service')", name=op.f("ck_benefits_kind")
        ),
        sa.CheckConstraint(
            "quantity >= 1 AND amount_rupiah >= 0", name=op.f("ck_benefits_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_benefits_programme_id_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefits")),
        sa.UniqueConstraint("programme_id", "code", name=op.f("uq_benefits_programme_id_code")),
    )


def create_cycles() -> None:
    op.create_table(
        "cycles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("facts_on", sa.Date(), nullable=True),
        sa.Column("budget_rupiah", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("budget_rupiah >= 0", name=op.f("ck_cycles_budget")),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_cycles_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_cycles_programme_id_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_cycles_programme_id_name")),
    )


def create_criteria_versions() -> None:
    op.create_table(
        "criteria_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("fact_age_days_max", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_by_name", sa.Text(), nullable=False),
        sa.Column(
            "drafted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by IS NOT NULL AND "
            "approved_at IS NOT NULL AND content_hash IS NOT NULL)",
            name=op.f("ck_criteria_versions_approval_whole"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'approved')", name=op.f("ck_criteria_versions_state")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by",
            name=op.f("ck_criteria_versions_two_people"),
        ),
        sa.CheckConstraint("fact_age_days_max >= 0", name=op.f("ck_criteria_versions_fact_age")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_criteria_versions_dates_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_criteria_versions_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_versions")),
        sa.UniqueConstraint(
            "programme_id", "version", name=op.f("uq_criteria_versions_programme_id_version")
        ),
    )


def create_criteria() -> None:
    op.create_table(
        "criteria",
        sa.Column("criteria_version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("words_id", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("evidence_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criteria_version_id"],
            ["criteria_versions.id"],
            name=op.f("fk_criteria_criteria_version_id_criteria_versions"),
        ),
        sa.PrimaryKeyConstraint("criteria_version_id", "position", name=op.f("pk_criteria")),
        sa.UniqueConstraint(
            "criteria_version_id", "code", name=op.f("uq_criteria_criteria_version_id_code")
        ),
    )

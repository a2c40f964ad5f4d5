"""Examples of criteria, the overlap matrix with its exceptions, letters, and bulk decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "decision_letters",
    "overlap_exceptions",
    "overlap_pairs",
    "overlap_versions",
    "criteria_examples",
)
NEW_UNIQUE = "uq_findings_combination"
OLD_UNIQUE = "uq_findings_criteria_version_id_inputs_hash"

PROTECT_APPROVED = (
    "CREATE TRIGGER criteria_examples_fixed BEFORE INSERT OR UPDATE OR DELETE ON criteria_examples "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_approved()",
    "CREATE TRIGGER criteria_examples_kept BEFORE TRUNCATE ON criteria_examples "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """
    CREATE FUNCTION refuse_change_of_approved_matrix() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE version_state text;
    BEGIN
        IF TG_TABLE_NAME = 'overlap_versions' THEN
            version_state := OLD.state;
        ELSE
            SELECT max(state) FILTER (WHERE state = 'approved') INTO version_state
            FROM overlap_versions WHERE id IN (
                SELECT NEW.overlap_version_id WHERE TG_OP <> 'DELETE'
                UNION SELECT OLD.overlap_version_id WHERE TG_OP <> 'INSERT');
        END IF;
        IF version_state = 'approved' THEN
            RAISE EXCEPTION 'an approved matrix does not change' USING ERRCODE = '2F002';
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$
    """,
    "CREATE TRIGGER overlap_versions_fixed BEFORE UPDATE OR DELETE ON overlap_versions "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_approved_matrix()",
    "CREATE TRIGGER overlap_pairs_fixed BEFORE INSERT OR UPDATE OR DELETE ON overlap_pairs "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_approved_matrix()",
    "CREATE TRIGGER overlap_pairs_kept BEFORE TRUNCATE ON overlap_pairs "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER overlap_versions_kept BEFORE TRUNCATE ON overlap_versions "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
# What foreign keys said row by row, said once for all rows of a statement: hundreds of thousands
# of decisions are written at once, and each key asked for each row took most of that time.
REFER = (
    """
    CREATE FUNCTION demand_decision_refers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM (SELECT DISTINCT findings_id, cycle_id FROM added) a
                   LEFT JOIN findings f ON f.id = a.findings_id
                   LEFT JOIN cycles c ON c.id = a.cycle_id
                   WHERE f.id IS NULL OR c.id IS NULL) THEN
            RAISE EXCEPTION 'a decision refers to findings and a cycle' USING ERRCODE = '23503';
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER decisions_refer AFTER INSERT ON decisions REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION demand_decision_refers()",
    """
    CREATE FUNCTION demand_current_refers() RETURNS trigger LANGUAGE plpgsql
    -- How many rows there are is not known in a trigger: never compare each with each.
    SET enable_nestloop = off AS $$
    BEGIN
        IF EXISTS (SELECT FROM added a LEFT JOIN decisions d ON d.id = a.decision_id
                   WHERE d.household_id IS DISTINCT FROM a.household_id
                      OR d.cycle_id IS DISTINCT FROM a.cycle_id) THEN
            RAISE EXCEPTION 'what is current is a decision of that family and cycle'
                USING ERRCODE = '23503';
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER current_decisions_refer AFTER INSERT ON current_decisions "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION demand_current_refers()",
    "CREATE TRIGGER current_decisions_still_refer AFTER UPDATE ON current_decisions "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION demand_current_refers()",
    "CREATE TRIGGER cycles_kept BEFORE DELETE OR TRUNCATE ON cycles "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
KEYS = (
    ("decisions", "cycle_id", "cycles"),
    ("decisions", "findings_id", "findings"),
    ("current_decisions", "cycle_id", "cycles"),
    ("current_decisions", "decision_id", "decisions"),
)


def upgrade() -> None:
    create_criteria_examples()
    create_overlap_versions()
    create_overlap_pairs()
    create_overlap_exceptions()
    create_decision_letters()
    op.create_index(
        "uq_criteria_versions_start",
        "criteria_versions",
        ["programme_id", "valid_from"],
        unique=True,
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.add_column("findings", sa.Column("overlap_version_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_findings_overlap_version_id_overlap_versions",
        "findings",
        "overlap_versions",
        ["overlap_version_id"],
        ["id"],
    )
    op.drop_constraint(OLD_UNIQUE, "findings")
    op.create_unique_constraint(
        NEW_UNIQUE,
        "findings",
        ["criteria_version_id", "overlap_version_id", "inputs_hash"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint("uq_decisions_supersedes_id", "decisions")
    op.create_index(
        "uq_decisions_supersedes_id",
        "decisions",
        ["supersedes_id"],
        unique=True,
        postgresql_where=sa.text("supersedes_id IS NOT NULL"),
    )
    # Which family and cycle a decision is of, a trigger says: no other family can have it.
    op.drop_constraint("uq_current_decisions_decision_id", "current_decisions")
    for table, column, referred in KEYS:
        op.drop_constraint(f"fk_{table}_{column}_{referred}", table)
    for statement in (*PROTECT_APPROVED, *REFER, append_only("decision_letters")):
        op.execute(statement)


def downgrade() -> None:
    for table, name in (
        ("decisions", "decisions_refer"),
        ("current_decisions", "current_decisions_refer"),
        ("current_decisions", "current_decisions_still_refer"),
        ("cycles", "cycles_kept"),
    ):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION demand_decision_refers()")
    op.execute("DROP FUNCTION demand_current_refers()")
    for table, column, referred in KEYS:
        op.create_foreign_key(f"fk_{table}_{column}_{referred}", table, referred, [column], ["id"])
    op.create_unique_constraint(
        "uq_current_decisions_decision_id", "current_decisions", ["decision_id"]
    )
    op.drop_index("uq_decisions_supersedes_id", "decisions")
    op.create_unique_constraint("uq_decisions_supersedes_id", "decisions", ["supersedes_id"])
    op.drop_constraint(NEW_UNIQUE, "findings")
    op.create_unique_constraint(OLD_UNIQUE, "findings", ["criteria_version_id", "inputs_hash"])
    op.drop_column("findings", "overlap_version_id")
    op.drop_index("uq_criteria_versions_start", "criteria_versions")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_approved_matrix()")


def create_criteria_examples() -> None:
    op.create_table(
        "criteria_examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("criteria_version_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "expected IN ('eligible', 'ineligible', 'needs_review')",
            name=op.f("ck_criteria_examples_expected"),
        ),
        sa.ForeignKeyConstraint(
            ["criteria_version_id"],
            ["criteria_versions.id"],
            name=op.f("fk_criteria_examples_criteria_version_id_criteria_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_examples")),
    )
    op.create_index(
        "ix_criteria_examples_criteria_version_id", "criteria_examples", ["criteria_version_id"]
    )


def create_overlap_versions() -> None:
    op.create_table(
        "overlap_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
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
            "state IN ('draft', 'approved')", name=op.f("ck_overlap_versions_state")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by",
            name=op.f("ck_overlap_versions_two_people"),
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL "
            "AND content_hash IS NOT NULL)",
            name=op.f("ck_overlap_versions_approval_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlap_versions")),
        sa.UniqueConstraint("version", name=op.f("uq_overlap_versions_version")),
    )
    op.create_index(
        "uq_overlap_versions_start",
        "overlap_versions",
        ["valid_from"],
        unique=True,
        postgresql_where=sa.text("state = 'approved'"),
    )


def create_overlap_pairs() -> None:
    op.create_table(
        "overlap_pairs",
        sa.Column("overlap_version_id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("other_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('exclude', 'allow', 'flag')", name=op.f("ck_overlap_pairs_outcome")
        ),
        sa.CheckConstraint(
            "programme_code <> other_code AND other_code ~ '^[a-z][a-z0-9_]{1,40}$'",
            name=op.f("ck_overlap_pairs_codes"),
        ),
        sa.ForeignKeyConstraint(
            ["overlap_version_id"],
            ["overlap_versions.id"],
            name=op.f("fk_overlap_pairs_overlap_version_id_overlap_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_code"],
            ["programmes.code"],
            name=op.f("fk_overlap_pairs_programme_code_programmes"),
        ),
        sa.PrimaryKeyConstraint(
            "overlap_version_id", "programme_code", "other_code", name=op.f("pk_overlap_pairs")
        ),
    )


def create_overlap_exceptions() -> None:
    op.create_table(
        "overlap_exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("other_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_by_name", sa.Text(), nullable=False),
        sa.Column(
            "granted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_overlap_exceptions_reason")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_overlap_exceptions_dates_in_order"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_overlap_exceptions_end_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_overlap_exceptions_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_overlap_exceptions_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlap_exceptions")),
    )
    op.create_index(
        "uq_overlap_exceptions_open",
        "overlap_exceptions",
        ["programme_id", "household_id", "other_code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def create_decision_letters() -> None:
    op.create_table(
        "decision_letters",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_by_name", sa.Text(), nullable=False),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decisions.id"],
            name=op.f("fk_decision_letters_decision_id_decisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_letters")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_decision_letters_decision_id")),
        sa.UniqueConstraint("number", name=op.f("uq_decision_letters_number")),
    )
    op.create_index("ix_decision_letters_household_id", "decision_letters", ["household_id"])
    op.create_index("ix_decision_letters_region", "decision_letters", ["cycle_id", "region_code"])

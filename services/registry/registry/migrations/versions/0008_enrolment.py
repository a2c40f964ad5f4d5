"""Beneficiary lists and enrolments."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("beneficiary_lists", "list_members", "list_steps", "enrolments")
APPEND_ONLY = (
    "list_steps",
    "enrolments",
)


def upgrade() -> None:
    create_beneficiary_lists()
    create_list_members()
    create_list_steps()
    create_enrolments()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_beneficiary_lists() -> None:
    op.create_table(
        "beneficiary_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("subjects", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("verified_by_name", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approval_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decree_number", sa.Text(), nullable=True),
        sa.Column("decree_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)",
            name=op.f("ck_beneficiary_lists_approval_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'verified', 'approving', 'approved', 'returned')",
            name=op.f("ck_beneficiary_lists_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approving', 'approved') OR (approved_by IS NOT NULL AND "
            "decree_number IS NOT NULL AND decree_on IS NOT NULL)",
            name=op.f("ck_beneficiary_lists_approval_whole"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('verified', 'approving', 'approved') OR "
            "(verified_by IS NOT NULL AND verified_at IS NOT NULL AND content_hash IS NOT NULL)",
            name=op.f("ck_beneficiary_lists_verification_whole"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR (approved_by <> proposed_by AND approved_by <> verified_by)",
            name=op.f("ck_beneficiary_lists_approver_differs"),
        ),
        sa.CheckConstraint(
            "verified_by IS NULL OR verified_by <> proposed_by",
            name=op.f("ck_beneficiary_lists_verifier_differs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beneficiary_lists")),
    )
    op.create_index(
        "ix_beneficiary_lists_region_code",
        "beneficiary_lists",
        ["region_code", "proposed_at"],
        unique=False,
    )
    op.create_index(
        "uq_beneficiary_lists_open",
        "beneficiary_lists",
        ["cycle_id", "region_code"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'verified', 'approving')"),
    )


def create_list_members() -> None:
    op.create_table(
        "list_members",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["beneficiary_lists.id"],
            name=op.f("fk_list_members_list_id_beneficiary_lists"),
        ),
        sa.PrimaryKeyConstraint("list_id", "household_id", name=op.f("pk_list_members")),
    )
    op.create_index("ix_list_members_household_id", "list_members", ["household_id"], unique=False)


def create_list_steps() -> None:
    op.create_table(
        "list_steps",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "step IN ('proposed', 'verified', 'returned', 'approved')",
            name=op.f("ck_list_steps_step"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["beneficiary_lists.id"],
            name=op.f("fk_list_steps_list_id_beneficiary_lists"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_steps")),
    )
    op.create_index("ix_list_steps_list_id", "list_steps", ["list_id"], unique=False)


def create_enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column(
            "enrolled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["beneficiary_lists.id"],
            name=op.f("fk_enrolments_list_id_beneficiary_lists"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint(
            "household_id", "programme_id", "cycle_id", name="uq_enrolments_once_a_cycle"
        ),
    )
    op.create_index("ix_enrolments_list_id", "enrolments", ["list_id", "id"], unique=False)

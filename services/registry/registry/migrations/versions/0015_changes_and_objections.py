"""Changes in families' lives, and objections to decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "life_changes",
    "household_changes",
    "person_changes",
    "objection_terms",
    "objections",
    "objection_evidence",
    "objection_evidence_pieces",
    "objection_steps",
)
APPEND_ONLY = (
    "household_changes",
    "person_changes",
    "objection_evidence_pieces",
    "objection_steps",
)
# Until a decree says otherwise: the month of the national pilot, and three working weeks less a day
# to decide, which is our own choice.
FIRST_TERMS = (
    "INSERT INTO objection_terms (valid_from, legal_basis, days_to_object, working_days_to_decide) "
    "VALUES ('2026-01-01', 'Ketentuan awal, menunggu keputusan gubernur', 31, 14)"
)


def upgrade() -> None:
    create_life_changes()
    create_household_changes()
    create_person_changes()
    create_objection_terms()
    create_objections()
    create_objection_evidence()
    create_objection_evidence_pieces()
    create_objection_steps()
    op.execute(FIRST_TERMS)
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_life_changes() -> None:
    op.create_table(
        "life_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'recorded'"), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("other_household_id", sa.Uuid(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("to_region_code", sa.String(length=13), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_kind", sa.Text(), nullable=False),
        sa.Column("evidence_number", sa.Text(), nullable=True),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kk_index", sa.LargeBinary(), nullable=True),
        sa.Column("kk_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects_id IS NOT NULL)",
            name=op.f("ck_life_changes_corrects"),
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (decided_by IS NULL) AND (decided_by IS NULL) = "
            "(decided_at IS NULL)",
            name=op.f("ck_life_changes_decision_whole"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR (state = 'withdrawn') = (decided_by = recorded_by)",
            name=op.f("ck_life_changes_two_people"),
        ),
        sa.CheckConstraint(
            "kind IN ('person_died', 'head_changed', 'moved_in_province', 'moved_out', "
            "'split', 'merge', 'suspend', 'resume', 'leave', 'kk_changed', 'correction')",
            name=op.f("ck_life_changes_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('recorded', 'confirmed', 'returned', 'withdrawn')",
            name=op.f("ck_life_changes_state"),
        ),
        sa.CheckConstraint(
            "(kk_index IS NULL) = (kk_sealed IS NULL)", name=op.f("ck_life_changes_kk_whole")
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_life_changes_reason_length")),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["life_changes.id"],
            name=op.f("fk_life_changes_corrects_id_life_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_life_changes_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_changes")),
    )
    op.create_index(
        "ix_life_changes_household_id",
        "life_changes",
        ["household_id", "recorded_at"],
        unique=False,
    )
    op.create_index(
        "ix_life_changes_region_code",
        "life_changes",
        ["region_code", "state", "id"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_life_changes_corrected_once",
        "life_changes",
        ["corrects_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('recorded', 'confirmed')"),
    )
    op.create_index(
        "uq_life_changes_waiting",
        "life_changes",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("state = 'recorded'"),
    )


def create_household_changes() -> None:
    op.create_table(
        "household_changes",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card_action", sa.Text(), nullable=False),
        sa.Column("related_household_id", sa.Uuid(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region_code_before", sa.String(length=13), nullable=True),
        sa.Column("region_code_after", sa.String(length=13), nullable=False),
        sa.Column("kk_index_before", sa.LargeBinary(), nullable=True),
        sa.Column("kk_sealed_before", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "card_action IN ('none', 'reissue', 'revoke')",
            name=op.f("ck_household_changes_card_action"),
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_household_changes_sequence")),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["life_changes.id"],
            name=op.f("fk_household_changes_change_id_life_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_changes_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("household_id", "sequence", name=op.f("pk_household_changes")),
        sa.UniqueConstraint("change_id", "household_id", name="uq_household_changes_once"),
    )


def create_person_changes() -> None:
    op.create_table(
        "person_changes",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("household_id_before", sa.Uuid(), nullable=False),
        sa.Column("relation_before", sa.Text(), nullable=False),
        sa.Column("status_before", sa.Text(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["life_changes.id"],
            name=op.f("fk_person_changes_change_id_life_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_person_changes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("change_id", "person_id", name=op.f("pk_person_changes")),
    )
    op.create_index("ix_person_changes_person_id", "person_changes", ["person_id"], unique=False)


def create_objection_terms() -> None:
    op.create_table(
        "objection_terms",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("days_to_object", sa.Integer(), nullable=False),
        sa.Column("working_days_to_decide", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "days_to_object >= 1 AND working_days_to_decide >= 1",
            name=op.f("ck_objection_terms_days"),
        ),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_objection_terms")),
    )


def create_objections() -> None:
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_code", sa.Text(), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("letter_on", sa.Date(), nullable=False),
        sa.Column("came_by", sa.Text(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("late_accepted", sa.Boolean(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("late_by", sa.Text(), nullable=True),
        sa.Column("late_by_name", sa.Text(), nullable=True),
        sa.Column("first_deciders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("examined_by", sa.Text(), nullable=True),
        sa.Column("examined_by_name", sa.Text(), nullable=True),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("examined_how", sa.Text(), nullable=True),
        sa.Column("examined_on", sa.Date(), nullable=True),
        sa.Column("sealed_findings", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.Column("new_decision_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'late_refused') = (late_accepted IS NOT NULL AND NOT late_accepted)",
            name=op.f("ck_objections_late_refused"),
        ),
        sa.CheckConstraint(
            "(state = 'upheld') = (new_decision_id IS NOT NULL)",
            name=op.f("ck_objections_upheld_decides"),
        ),
        sa.CheckConstraint(
            "(state IN ('upheld', 'rejected')) = (decided_by IS NOT NULL) AND (decided_by "
            "IS NULL) = (decided_reason IS NULL)",
            name=op.f("ck_objections_decision_whole"),
        ),
        sa.CheckConstraint("came_by IN ('counter', 'visit')", name=op.f("ck_objections_came_by")),
        sa.CheckConstraint(
            "examined_how IN ('visit', 'documents')", name=op.f("ck_objections_examined_how")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'examined', 'upheld', 'rejected', 'withdrawn', 'late_refused')",
            name=op.f("ck_objections_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('examined', 'upheld', 'rejected') OR examined_by IS NOT NULL",
            name=op.f("ck_objections_examined_first"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'rejected') OR NOT is_late OR late_accepted",
            name=op.f("ck_objections_late_let_in"),
        ),
        sa.CheckConstraint(
            "(late_accepted IS NULL) = (late_by IS NULL) AND (late_accepted IS NULL) = "
            "(late_reason IS NULL)",
            name=op.f("ck_objections_late_whole"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR NOT (decided_by = ANY (first_deciders))",
            name=op.f("ck_objections_decider_is_new"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> received_by",
            name=op.f("ck_objections_decider_not_receiver"),
        ),
        sa.CheckConstraint(
            "is_late OR (late_accepted IS NULL AND late_reason IS NULL)",
            name=op.f("ck_objections_late_when_late"),
        ),
        sa.CheckConstraint(
            "late_by IS NULL OR late_by <> received_by", name=op.f("ck_objections_late_by_another")
        ),
        sa.CheckConstraint(
            "num_nonnulls(examined_by, examined_at, examined_how, examined_on, "
            "sealed_findings) IN (0, 5)",
            name=op.f("ck_objections_examination_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycles.id"], name=op.f("fk_objections_cycle_id_cycles")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_objections_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_objections_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_objections_receipt_number")),
    )
    op.create_index("ix_objections_household_id", "objections", ["household_id"], unique=False)
    op.create_index(
        "ix_objections_region_code",
        "objections",
        ["region_code", "state", "due_on"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_objections_open",
        "objections",
        ["household_id", "cycle_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('received', 'examined')"),
    )


def create_objection_evidence() -> None:
    op.create_table(
        "objection_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_by_name", sa.Text(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "byte_size BETWEEN 1 AND 5242880", name=op.f("ck_objection_evidence_byte_size")
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 5", name=op.f("ck_objection_evidence_position")),
        sa.ForeignKeyConstraint(
            ["objection_id"],
            ["objections.id"],
            name=op.f("fk_objection_evidence_objection_id_objections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_evidence")),
        sa.UniqueConstraint(
            "objection_id", "position", name=op.f("uq_objection_evidence_objection_id_position")
        ),
        sa.UniqueConstraint(
            "objection_id", "sha256", name=op.f("uq_objection_evidence_objection_id_sha256")
        ),
    )


def create_objection_evidence_pieces() -> None:
    op.create_table(
        "objection_evidence_pieces",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["objection_evidence.id"],
            name=op.f("fk_objection_evidence_pieces_evidence_id_objection_evidence"),
        ),
        sa.PrimaryKeyConstraint(
            "evidence_id", "position", name=op.f("pk_objection_evidence_pieces")
        ),
    )


def create_objection_steps() -> None:
    op.create_table(
        "objection_steps",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"],
            ["objections.id"],
            name=op.f("fk_objection_steps_objection_id_objections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_steps")),
    )
    op.create_index(
        "ix_objection_steps_objection_id", "objection_steps", ["objection_id"], unique=False
    )

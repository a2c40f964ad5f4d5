"""Rights set aside for terminals, and what terminals did without network."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
TABLES = (
    "leases",
    "journals",
    "journal_segments",
    "line_marks",
    "conflicts",
    "conflict_judgements",
    "quarantines",
    "quarantined_segments",
)
APPEND_ONLY = (
    "journal_segments",
    "line_marks",
    "conflicts",
    "conflict_judgements",
    "quarantined_segments",
)


def upgrade() -> None:
    op.create_index("ix_cards_region_code", "cards", ["region_code"])
    create_leases()
    create_journals()
    create_journal_segments()
    create_line_marks()
    create_conflicts()
    create_conflict_judgements()
    create_quarantines()
    create_quarantined_segments()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_cards_region_code", table_name="cards")


def create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("region_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("card_ends", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("distribution_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_by_name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("entitlement_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("quantities", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("rupiahs", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_by_name", sa.Text(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "cardinality(entitlement_ids) = cardinality(quantities) "
            "AND cardinality(quantities) = cardinality(rupiahs)",
            name=op.f("ck_leases_whole"),
        ),
        sa.CheckConstraint("cardinality(region_codes) > 0", name=op.f("ck_leases_somewhere")),
        sa.CheckConstraint("expires_at > taken_at", name=op.f("ck_leases_lasts")),
        sa.CheckConstraint(
            "num_nulls(released_at, released_by, released_by_name, release_reason) IN (0, 4)",
            name=op.f("ck_leases_release_is_whole"),
        ),
        sa.CheckConstraint("released_by <> taken_by", name=op.f("ck_leases_another_person")),
        sa.CheckConstraint(
            "returned_at IS NULL OR released_at IS NULL", name=op.f("ck_leases_one_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
    )
    op.create_index("ix_leases_distribution_id", "leases", ["distribution_id"], unique=False)
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"], unique=False)
    op.create_index("ix_leases_terminal_id", "leases", ["terminal_id", "taken_at"], unique=False)


def create_journals() -> None:
    op.create_table(
        "journals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "last_sequence >= 0 AND length(last_hash) = 64", name=op.f("ck_journals_head")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
    )
    op.create_index(
        "ix_journals_terminal_id", "journals", ["terminal_id", "started_at"], unique=False
    )
    op.create_index(
        "uq_journals_open",
        "journals",
        ["terminal_id"],
        unique=True,
        postgresql_where=sa.text("quarantined_at IS NULL"),
    )


def create_journal_segments() -> None:
    op.create_table(
        "journal_segments",
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("first_sequence", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("act_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed_lines", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "last_sequence - first_sequence + 1 = cardinality(act_ids) "
            "AND cardinality(act_ids) = cardinality(codes) "
            "AND octet_length(hashes) = 32 * cardinality(codes)",
            name=op.f("ck_journal_segments_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_journal_segments_journal_id_journals")
        ),
        sa.PrimaryKeyConstraint("journal_id", "first_sequence", name=op.f("pk_journal_segments")),
    )


def create_line_marks() -> None:
    op.create_table(
        "line_marks",
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("marks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cardinality(marks) > 0", name=op.f("ck_line_marks_says_something")),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_line_marks")),
    )
    op.create_index(
        "ix_line_marks_partner_id", "line_marks", ["partner_id", "noted_at"], unique=False
    )


def create_conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("partner_name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("entitlement_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=True),
        sa.Column("card_reading", sa.Text(), nullable=False),
        sa.Column("holder_check", sa.Text(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("goods_category", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_owed", sa.Boolean(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('redemption', 'reversal')", name=op.f("ck_conflicts_kind")),
        sa.CheckConstraint(
            "quantity >= 0 AND amount_rupiah >= 0", name=op.f("ck_conflicts_amounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_act_id", "conflicts", ["act_id"], unique=False)
    op.create_index(
        "ix_conflicts_household_id",
        "conflicts",
        ["household_id", "cycle_id", "benefit_id"],
        unique=False,
    )
    op.create_index(
        "ix_conflicts_journal_id", "conflicts", ["journal_id", "sequence"], unique=False
    )
    op.create_index(
        "ix_conflicts_partner_id", "conflicts", ["partner_id", "received_at"], unique=False
    )
    op.create_index("ix_conflicts_received_at", "conflicts", ["received_at"], unique=False)


def create_conflict_judgements() -> None:
    op.create_table(
        "conflict_judgements",
        sa.Column("conflict_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=False),
        sa.Column("judged_by_name", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('owed', 'not_owed', 'written_off')",
            name=op.f("ck_conflict_judgements_outcome"),
        ),
        sa.CheckConstraint(
            "judged_by <> operator", name=op.f("ck_conflict_judgements_another_person")
        ),
        sa.ForeignKeyConstraint(
            ["conflict_id"],
            ["conflicts.id"],
            name=op.f("fk_conflict_judgements_conflict_id_conflicts"),
        ),
        sa.PrimaryKeyConstraint("conflict_id", name=op.f("pk_conflict_judgements")),
        sa.UniqueConstraint("id", name=op.f("uq_conflict_judgements_id")),
    )
    op.create_index(
        "ix_conflict_judgements_judged_at", "conflict_judgements", ["judged_at"], unique=False
    )


def create_quarantines() -> None:
    op.create_table(
        "quarantines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("partner_name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operators", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("review_id", sa.Uuid(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_by_name", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('released', 'refused')", name=op.f("ck_quarantines_outcome")
        ),
        sa.CheckConstraint(
            "num_nulls(outcome, review_id, review_reason, reviewed_by, reviewed_by_name, "
            "reviewed_at) IN (0, 6)",
            name=op.f("ck_quarantines_review_is_whole"),
        ),
        sa.CheckConstraint(
            "reviewed_by <> ALL (operators)", name=op.f("ck_quarantines_another_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantines")),
        sa.UniqueConstraint("review_id", name=op.f("uq_quarantines_review_id")),
    )
    op.create_index("ix_quarantines_opened_at", "quarantines", ["opened_at"], unique=False)
    op.create_index(
        "uq_quarantines_open",
        "quarantines",
        ["terminal_id", "journal_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )


def create_quarantined_segments() -> None:
    op.create_table(
        "quarantined_segments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_lines", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("lines > 0", name=op.f("ck_quarantined_segments_has_lines")),
        sa.ForeignKeyConstraint(
            ["quarantine_id"],
            ["quarantines.id"],
            name=op.f("fk_quarantined_segments_quarantine_id_quarantines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_segments")),
    )
    op.create_index(
        "uq_quarantined_segments_digest",
        "quarantined_segments",
        ["terminal_id", "digest"],
        unique=True,
    )
    op.create_index(
        "uq_quarantined_segments_nth", "quarantined_segments", ["quarantine_id", "nth"], unique=True
    )

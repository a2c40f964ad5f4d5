"""Payments through the bank."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
# Whatever the code does: what is approved is the sum of its lines, and neither the lines nor the
# file of a batch are altered once it is drawn up.
ADDS_UP = (
    """
CREATE FUNCTION payment_batch_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found record;
BEGIN
    SELECT count(*) AS lines, coalesce(sum(amount_rupiah), 0) AS total INTO found
    FROM payment_instructions WHERE batch_id = NEW.id;
    IF (found.lines, found.total)
       IS DISTINCT FROM (NEW.lines::bigint, NEW.total_rupiah::numeric) THEN
        RAISE EXCEPTION 'payment batch does not add up' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
    """,
    """
CREATE FUNCTION payment_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.purpose, NEW.cycle_id, NEW.bank_id, NEW.pay_on, NEW.lines, NEW.total_rupiah,
        NEW.drawn_up_by, NEW.csv_sha256, NEW.xml_sha256, NEW.csv_sealed, NEW.xml_sealed)
       IS DISTINCT FROM
       (OLD.id, OLD.purpose, OLD.cycle_id, OLD.bank_id, OLD.pay_on, OLD.lines, OLD.total_rupiah,
        OLD.drawn_up_by, OLD.csv_sha256, OLD.xml_sha256, OLD.csv_sealed, OLD.xml_sealed)
       OR OLD.state = 'withdrawn' OR (OLD.state = 'approved' AND NEW.state = 'drawn_up')
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by) THEN
        RAISE EXCEPTION 'payment batch stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    RETURN NEW;
END $$;
    """,
    """
CREATE FUNCTION payment_instruction_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.batch_id, NEW.position, NEW.matter_id, NEW.household_id, NEW.cycle_id,
        NEW.benefit_id, NEW.subject_id, NEW.card_id, NEW.partner_id, NEW.amount_rupiah)
       IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.position, OLD.matter_id, OLD.household_id, OLD.cycle_id,
        OLD.benefit_id, OLD.subject_id, OLD.card_id, OLD.partner_id, OLD.amount_rupiah) THEN
        RAISE EXCEPTION 'payment instruction stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    RETURN NEW;
END $$;
    """,
)


def upgrade() -> None:
    create_payment_batches()
    create_payment_instructions()
    create_payment_result_files()
    create_payment_result_lines()
    create_payment_explanations()
    for table in ("payment_result_lines", "payment_explanations"):
        op.execute(append_only(table))
    for function in ADDS_UP:
        op.execute(function)
    op.execute(
        "CREATE TRIGGER payment_batches_add_up BEFORE INSERT OR UPDATE OF state ON payment_batches "
        "FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION payment_batch_adds_up()"
    )
    op.execute(
        "CREATE TRIGGER payment_batches_stay BEFORE UPDATE ON payment_batches "
        "FOR EACH ROW EXECUTE FUNCTION payment_batch_stays()"
    )
    op.execute(
        "CREATE TRIGGER payment_instructions_stay BEFORE UPDATE ON payment_instructions "
        "FOR EACH ROW EXECUTE FUNCTION payment_instruction_stays()"
    )


def downgrade() -> None:
    op.drop_table("payment_explanations")
    op.drop_table("payment_result_lines")
    op.drop_table("payment_result_files")
    op.drop_table("payment_instructions")
    op.drop_table("payment_batches")
    for function in ("batch_adds_up", "batch_stays", "instruction_stays"):
        op.execute(f"DROP FUNCTION payment_{function}()")


def create_payment_batches() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("bank_id", sa.Uuid(), nullable=True),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drawn_up_by", sa.Text(), nullable=False),
        sa.Column("drawn_up_by_name", sa.Text(), nullable=False),
        sa.Column("drawn_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("sent_by_name", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_by_name", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("csv_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("csv_sha256", sa.String(length=64), nullable=False),
        sa.Column("xml_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("xml_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3) AND (state <> "
            "'approved' OR approved_at IS NOT NULL)",
            name=op.f("ck_payment_batches_approval_whole"),
        ),
        sa.CheckConstraint(
            "num_nulls(cycle_id, bank_id) = CASE purpose WHEN 'family_cash' THEN 0 ELSE 2 END",
            name=op.f("ck_payment_batches_family_cash_of_a_cycle"),
        ),
        sa.CheckConstraint(
            "num_nulls(sent_by, sent_by_name, sent_at) IN (0, 3) "
            "AND (sent_at IS NULL OR state = 'approved')",
            name=op.f("ck_payment_batches_sent_after_approval"),
        ),
        sa.CheckConstraint(
            "num_nulls(withdrawn_by, withdrawn_by_name, withdrawn_at, withdrawn_reason) = CASE "
            "state WHEN 'withdrawn' THEN 0 ELSE 4 END",
            name=op.f("ck_payment_batches_withdrawal_whole"),
        ),
        sa.CheckConstraint(
            "purpose IN ('family_cash', 'settlement')", name=op.f("ck_payment_batches_purpose")
        ),
        sa.CheckConstraint(
            "state IN ('drawn_up', 'approved', 'withdrawn')", name=op.f("ck_payment_batches_state")
        ),
        sa.CheckConstraint(
            "approved_by <> drawn_up_by", name=op.f("ck_payment_batches_two_people")
        ),
        sa.CheckConstraint(
            "lines > 0 AND total_rupiah > 0", name=op.f("ck_payment_batches_pays_something")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
    )
    op.create_index(
        "ix_payment_batches_drawn_up_at", "payment_batches", ["drawn_up_at"], unique=False
    )


def create_payment_instructions() -> None:
    op.create_table(
        "payment_instructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("benefit_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.String(length=16), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("bank_reference", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('paid', 'failed')) = (outcome_at IS NOT NULL)",
            name=op.f("ck_payment_instructions_outcome_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'paid', 'failed', 'withdrawn')",
            name=op.f("ck_payment_instructions_state"),
        ),
        sa.CheckConstraint("amount_rupiah > 0", name=op.f("ck_payment_instructions_amount")),
        sa.CheckConstraint(
            "num_nulls(household_id, cycle_id, benefit_id, subject_id, card_id, payout_id) = "
            "CASE WHEN partner_id IS NULL THEN 0 ELSE 6 END",
            name=op.f("ck_payment_instructions_one_payee"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["payment_batches.id"],
            name=op.f("fk_payment_instructions_batch_id_payment_batches"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_instructions")),
        sa.UniqueConstraint(
            "batch_id", "position", name=op.f("uq_payment_instructions_batch_id_position")
        ),
    )
    op.create_index(
        "ix_payment_instructions_household_id",
        "payment_instructions",
        ["household_id"],
        unique=False,
    )
    op.create_index(
        "uq_payment_instructions_matter_id",
        "payment_instructions",
        ["matter_id"],
        unique=True,
        postgresql_where=sa.text(
            "state = 'waiting' OR (state = 'paid' AND partner_id IS NOT NULL)"
        ),
    )


def create_payment_result_files() -> None:
    op.create_table(
        "payment_result_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('csv', 'pain.002')", name=op.f("ck_payment_result_files_form")
        ),
        sa.CheckConstraint("lines > 0", name=op.f("ck_payment_result_files_says_something")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["payment_batches.id"],
            name=op.f("fk_payment_result_files_batch_id_payment_batches"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_result_files")),
        sa.UniqueConstraint(
            "batch_id", "sha256", name=op.f("uq_payment_result_files_batch_id_sha256")
        ),
    )


def create_payment_result_lines() -> None:
    op.create_table(
        "payment_result_lines",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("said_id", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('paid', 'failed', 'repeated', 'unknown_line', 'other_batch', "
            "'duplicate', 'amount_differs', 'contradicts')",
            name=op.f("ck_payment_result_lines_outcome"),
        ),
        sa.CheckConstraint("said IN ('paid', 'failed')", name=op.f("ck_payment_result_lines_said")),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["payment_result_files.id"],
            name=op.f("fk_payment_result_lines_file_id_payment_result_files"),
        ),
        sa.PrimaryKeyConstraint("file_id", "position", name=op.f("pk_payment_result_lines")),
    )
    op.create_index(
        "ix_payment_result_lines_said_id", "payment_result_lines", ["said_id"], unique=False
    )
    op.create_index(
        "uq_payment_result_lines_instruction_id",
        "payment_result_lines",
        ["instruction_id"],
        unique=True,
        postgresql_where=sa.text("outcome IN ('paid', 'failed')"),
    )


def create_payment_explanations() -> None:
    op.create_table(
        "payment_explanations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("explained_by", sa.Text(), nullable=False),
        sa.Column("explained_by_name", sa.Text(), nullable=False),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('noted', 'paid', 'failed')", name=op.f("ck_payment_explanations_decision")
        ),
        sa.CheckConstraint(
            "explained_by <> received_by", name=op.f("ck_payment_explanations_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "position"],
            ["payment_result_lines.file_id", "payment_result_lines.position"],
            name=op.f("fk_payment_explanations_file_id_payment_result_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_explanations")),
        sa.UniqueConstraint(
            "file_id", "position", name=op.f("uq_payment_explanations_file_id_position")
        ),
    )
    # ### end Alembic commands ###

"""Payment files that one act draws up together, and answers of a bank about several of them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0019"
branch_labels = None
depends_on = None
SAME = (
    "id", "purpose", "cycle_id", "bank_id", "pay_on", "lines", "total_rupiah", "drawn_up_by",
    "csv_sha256", "xml_sha256", "csv_sealed", "xml_sealed",
)  # fmt: skip
IN_RUN = ("run_id", "run_position")


def batch_stays(names: tuple[str, ...]) -> str:
    """Return the function of before, for these columns."""
    new, old = (", ".join(f"{row}.{name}" for name in names) for row in ("NEW", "OLD"))
    return f"""
CREATE OR REPLACE FUNCTION payment_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ({new}) IS DISTINCT FROM ({old})
       OR OLD.state = 'withdrawn' OR (OLD.state = 'approved' AND NEW.state = 'drawn_up')
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by) THEN
        RAISE EXCEPTION 'payment batch stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    RETURN NEW;
END $$;
    """


# Whatever the code does: a run is approved only with all of its files, by the person who approved
# each of them, and it stays what it was when it was drawn up.
RUN_STAYS = """
CREATE FUNCTION payment_run_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found record;
BEGIN
    IF (NEW.id, NEW.cycle_id, NEW.bank_id, NEW.pay_on, NEW.drawn_up_by)
       IS DISTINCT FROM (OLD.id, OLD.cycle_id, OLD.bank_id, OLD.pay_on, OLD.drawn_up_by)
       OR (OLD.state <> 'drawing' AND (NEW.files, NEW.lines, NEW.total_rupiah)
           IS DISTINCT FROM (OLD.files, OLD.lines, OLD.total_rupiah))
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by)
       OR (NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
           ('drawing', 'drawn_up'), ('drawing', 'empty'), ('drawing', 'withdrawing'),
           ('drawn_up', 'approved'), ('drawn_up', 'withdrawing'), ('approved', 'withdrawing'),
           ('withdrawing', 'withdrawn'))) THEN
        RAISE EXCEPTION 'payment run stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    IF NEW.state = 'approved' AND OLD.state <> 'approved' THEN
        SELECT count(*) AS files, coalesce(sum(lines), 0) AS lines,
               coalesce(sum(total_rupiah), 0) AS total INTO found
        FROM payment_batches
        WHERE run_id = NEW.id AND state = 'approved' AND approved_by = NEW.approved_by;
        IF (found.files, found.lines, found.total) IS DISTINCT FROM
           (NEW.files::bigint, NEW.lines::bigint, NEW.total_rupiah::numeric) THEN
            RAISE EXCEPTION 'payment run does not add up' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    create_payment_runs()
    op.add_column("payment_batches", sa.Column("run_id", sa.Uuid(), nullable=True))
    op.add_column("payment_batches", sa.Column("run_position", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_payment_batches_run_id_payment_runs"),
        "payment_batches",
        "payment_runs",
        ["run_id"],
        ["id"],
    )
    op.create_unique_constraint(
        op.f("uq_payment_batches_run_id_run_position"), "payment_batches", list(IN_RUN)
    )
    op.create_check_constraint(
        op.f("ck_payment_batches_place_in_run"),
        "payment_batches",
        "(run_id IS NULL) = (run_position IS NULL)",
    )
    op.execute(batch_stays((*SAME, *IN_RUN)))
    op.execute(RUN_STAYS)
    op.execute(
        "CREATE TRIGGER payment_runs_stay BEFORE UPDATE ON payment_runs "
        "FOR EACH ROW EXECUTE FUNCTION payment_run_stays()"
    )
    op.alter_column("payment_result_files", "content_sealed", nullable=True)
    op.add_column("payment_result_files", sa.Column("whole_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_payment_result_files_whole_id_payment_result_files"),
        "payment_result_files",
        "payment_result_files",
        ["whole_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_payment_result_files_kept_once"),
        "payment_result_files",
        "num_nulls(content_sealed, whole_id) = 1",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_result_files_kept_once"), "payment_result_files")
    op.drop_column("payment_result_files", "whole_id")
    op.alter_column("payment_result_files", "content_sealed", nullable=False)
    op.execute(batch_stays(SAME))
    op.drop_constraint(op.f("ck_payment_batches_place_in_run"), "payment_batches")
    op.drop_column("payment_batches", "run_position")
    op.drop_column("payment_batches", "run_id")
    op.drop_table("payment_runs")
    op.execute("DROP FUNCTION payment_run_stays()")


def create_payment_runs() -> None:
    op.create_table(
        "payment_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lines", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_rupiah", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("without_card", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("after_household", sa.Uuid(), nullable=True),
        sa.Column("after_benefit", sa.Uuid(), nullable=True),
        sa.Column("after_subject", sa.Uuid(), nullable=True),
        sa.Column("drawn_up_by", sa.Text(), nullable=False),
        sa.Column("drawn_up_by_name", sa.Text(), nullable=False),
        sa.Column("drawn_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_by_name", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('drawing', 'drawn_up', 'empty', 'approved', 'withdrawing', 'withdrawn')",
            name=op.f("ck_payment_runs_state"),
        ),
        sa.CheckConstraint("approved_by <> drawn_up_by", name=op.f("ck_payment_runs_two_people")),
        sa.CheckConstraint(
            "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3) "
            "AND (state <> 'approved' OR approved_at IS NOT NULL)",
            name=op.f("ck_payment_runs_approval_whole"),
        ),
        sa.CheckConstraint(
            "num_nulls(withdrawn_by, withdrawn_by_name, withdrawn_at, withdrawn_reason) "
            "= CASE WHEN state IN ('withdrawing', 'withdrawn') THEN 0 ELSE 4 END",
            name=op.f("ck_payment_runs_withdrawal_whole"),
        ),
        sa.CheckConstraint(
            "files >= 0 AND lines >= files AND total_rupiah >= lines AND without_card >= 0 "
            "AND (state NOT IN ('drawn_up', 'approved') OR files > 0)",
            name=op.f("ck_payment_runs_sums"),
        ),
        sa.CheckConstraint(
            "num_nulls(after_household, after_benefit, after_subject) IN (0, 3)",
            name=op.f("ck_payment_runs_place_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_runs")),
    )

"""Print batches of many files, counted by a second person."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What was printed before is a batch of one file; what still waited is asked for anew.
FILL_PARTS = """
    INSERT INTO print_parts (batch_id, part, region_code, cards, state, made_at, sha256,
                             file_bytes, cards_in_file)
    SELECT batch_id, 1, region_code, cards,
           CASE state WHEN 'queued' THEN 'cancelled' WHEN 'failed' THEN 'empty' ELSE state END,
           printed_at, sha256, file_bytes, CASE WHEN state = 'printed' THEN cards END
    FROM print_batches
"""
MARK_CANCELLED = """
    UPDATE print_batches SET cancelled_at = now(), cancelled_by = 'migration',
        cancelled_by_name = 'migration' WHERE state = 'queued'
"""
# A card counts as being in one file: of those before, its first that was made.
LEAVE_OUT = """
    UPDATE print_batch_cards SET left_out = 'signed'
    WHERE (batch_id, position) NOT IN (
        SELECT DISTINCT ON (c.card_id) c.batch_id, c.position
        FROM print_batch_cards c JOIN print_parts p USING (batch_id, part)
        JOIN print_batches b USING (batch_id)
        WHERE p.state = 'printed' ORDER BY c.card_id, b.requested_at, c.batch_id)
"""
# The way back.
EMPTY_PARTS = """
    UPDATE print_batches b SET state = CASE p.state WHEN 'printed' THEN 'printed' ELSE 'failed' END,
        printed_at = p.made_at, sha256 = p.sha256, file_bytes = p.file_bytes
    FROM print_parts p WHERE p.batch_id = b.batch_id
"""
TABLES = ("print_downloads", "print_counts", "print_receipts")


def upgrade() -> None:
    widen_batches()
    number_files()
    create_parts()
    op.execute(MARK_CANCELLED)
    op.execute(FILL_PARTS)
    narrow_batches()
    number_cards()
    op.execute(LEAVE_OUT)
    op.create_index(
        "uq_print_batch_cards_once",
        "print_batch_cards",
        ["card_id"],
        unique=True,
        postgresql_where=sa.text("left_out = ''"),
    )
    create_downloads()
    create_counts()
    create_receipts()
    create_faults()
    for table in TABLES:
        op.execute(append_only(table))


def downgrade() -> None:
    """Only while every batch is one file: a larger one fails on the constraints of before."""
    for table in ("print_faults", *reversed(TABLES)):
        op.drop_table(table)
    old_batches()
    old_cards_and_files()
    op.drop_table("print_parts")


def widen_batches() -> None:
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="sheets"),
        sa.Column("duplex", sa.Text(), nullable=False, server_default="long_edge"),
        sa.Column("card_id", sa.String(length=16), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancelled_by_name", sa.Text(), nullable=True),
    ):
        op.add_column("print_batches", column)
    for name in ("kind", "duplex", "parts"):
        op.alter_column("print_batches", name, server_default=None)
    op.create_foreign_key(
        op.f("fk_print_batches_card_id_cards"), "print_batches", "cards", ["card_id"], ["card_id"]
    )
    op.drop_constraint(op.f("ck_print_batches_cards"), "print_batches")
    for name, condition in (
        ("kind", "kind IN ('sheets', 'bureau')"),
        ("duplex", "duplex IN ('long_edge', 'short_edge')"),
        ("cards", "cards >= 1 AND parts BETWEEN 1 AND cards"),
        ("cancelled", "num_nonnulls(cancelled_at, cancelled_by, cancelled_by_name) IN (0, 3)"),
    ):
        op.create_check_constraint(op.f(f"ck_print_batches_{name}"), "print_batches", condition)
    op.create_unique_constraint(
        "uq_print_batches_requester", "print_batches", ["batch_id", "requested_by"]
    )


def narrow_batches() -> None:
    op.drop_index("ix_print_batches_queued", "print_batches")
    op.drop_constraint(op.f("ck_print_batches_printed_has_file"), "print_batches")
    op.drop_constraint(op.f("ck_print_batches_state"), "print_batches")
    for name in ("state", "printed_at", "sha256", "file_bytes"):
        op.drop_column("print_batches", name)


def number_files() -> None:
    op.add_column(
        "print_files", sa.Column("part", sa.Integer(), nullable=False, server_default="1")
    )
    op.alter_column("print_files", "part", server_default=None)
    op.drop_constraint(op.f("pk_print_files"), "print_files")
    op.create_primary_key(op.f("pk_print_files"), "print_files", ["batch_id", "part"])


def create_parts() -> None:
    op.create_table(
        "print_parts",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("signature_request_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_bytes", sa.Integer(), nullable=True),
        sa.Column("cards_in_file", sa.Integer(), nullable=True),
        sa.Column(
            "file_part",
            sa.Integer(),
            sa.Computed("CASE WHEN state = 'printed' THEN part END", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'printed', 'failed', 'cancelled', 'empty')",
            name=op.f("ck_print_parts_state"),
        ),
        sa.CheckConstraint("cards BETWEEN 1 AND 1000", name=op.f("ck_print_parts_cards")),
        sa.CheckConstraint(
            "cards_in_file BETWEEN 1 AND cards", name=op.f("ck_print_parts_cards_in_file")
        ),
        sa.CheckConstraint(
            "(state = 'printed') = (num_nonnulls(made_at, sha256, file_bytes, cards_in_file) = 4)",
            name=op.f("ck_print_parts_printed_has_file"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["print_batches.batch_id"],
            name=op.f("fk_print_parts_batch_id_print_batches"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "file_part"],
            ["print_files.batch_id", "print_files.part"],
            name="fk_print_parts_file",
        ),
        sa.PrimaryKeyConstraint("batch_id", "part", name=op.f("pk_print_parts")),
        sa.UniqueConstraint(
            "batch_id", "part", "cards_in_file", name="uq_print_parts_cards_in_file"
        ),
    )
    op.create_index(
        "ix_print_parts_queued",
        "print_parts",
        ["batch_id", "part"],
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_print_parts_region_code", "print_parts", ["region_code", "state"])


def number_cards() -> None:
    op.add_column(
        "print_batch_cards", sa.Column("part", sa.Integer(), nullable=False, server_default="1")
    )
    op.alter_column("print_batch_cards", "part", server_default=None)
    op.add_column(
        "print_batch_cards",
        sa.Column("left_out", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    op.drop_constraint(op.f("pk_print_batch_cards"), "print_batch_cards")
    op.create_primary_key(
        op.f("pk_print_batch_cards"), "print_batch_cards", ["batch_id", "part", "position"]
    )
    op.create_foreign_key(
        "fk_print_batch_cards_part",
        "print_batch_cards",
        "print_parts",
        ["batch_id", "part"],
        ["batch_id", "part"],
    )
    op.create_unique_constraint(
        "uq_print_batch_cards_card", "print_batch_cards", ["batch_id", "part", "card_id"]
    )


def create_downloads() -> None:
    op.create_table(
        "print_downloads",
        sa.Column("download_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(number = 1 AND reason = '') OR (number > 1 AND reason IN "
            "('printer_jam', 'wrong_settings', 'file_lost', 'file_damaged'))",
            name=op.f("ck_print_downloads_again_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "part"],
            ["print_files.batch_id", "print_files.part"],
            name="fk_print_downloads_file",
        ),
        sa.PrimaryKeyConstraint("download_id", name=op.f("pk_print_downloads")),
        sa.UniqueConstraint("batch_id", "part", "number", name="uq_print_downloads_number"),
    )


def create_counts() -> None:
    op.create_table(
        "print_counts",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("cards_in_file", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("spoiled", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("counted_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND spoiled >= 0 AND good + spoiled = cards_in_file",
            name=op.f("ck_print_counts_adds_up"),
        ),
        sa.CheckConstraint("counted_by <> requested_by", name=op.f("ck_print_counts_by_another")),
        sa.ForeignKeyConstraint(
            ["batch_id", "part", "cards_in_file"],
            ["print_parts.batch_id", "print_parts.part", "print_parts.cards_in_file"],
            name="fk_print_counts_part",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "requested_by"],
            ["print_batches.batch_id", "print_batches.requested_by"],
            name="fk_print_counts_requester",
        ),
        sa.PrimaryKeyConstraint("batch_id", "part", name=op.f("pk_print_counts")),
        sa.UniqueConstraint("count_id", name=op.f("uq_print_counts_count_id")),
        sa.UniqueConstraint("batch_id", "part", "good", "counted_by", name="uq_print_counts_good"),
    )


def create_receipts() -> None:
    op.create_table(
        "print_receipts",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.String(length=13), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "received >= 0 AND missing >= 0 AND received + missing = expected",
            name=op.f("ck_print_receipts_adds_up"),
        ),
        sa.CheckConstraint("received_by <> counted_by", name=op.f("ck_print_receipts_by_another")),
        sa.ForeignKeyConstraint(
            ["batch_id", "part", "expected", "counted_by"],
            [
                "print_counts.batch_id",
                "print_counts.part",
                "print_counts.good",
                "print_counts.counted_by",
            ],
            name="fk_print_receipts_count",
        ),
        sa.PrimaryKeyConstraint("batch_id", "part", name=op.f("pk_print_receipts")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_print_receipts_receipt_id")),
    )


def create_faults() -> None:
    op.create_table(
        "print_faults",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by", sa.Text(), nullable=True),
        sa.Column("destroyed_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('spoiled', 'missing')", name=op.f("ck_print_faults_kind")),
        sa.CheckConstraint(
            "num_nonnulls(destroyed_at, destroyed_by, destroyed_by_name) IN (0, 3)",
            name=op.f("ck_print_faults_destroyed"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "part", "card_id"],
            ["print_batch_cards.batch_id", "print_batch_cards.part", "print_batch_cards.card_id"],
            name="fk_print_faults_card",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "part"],
            ["print_counts.batch_id", "print_counts.part"],
            name="fk_print_faults_count",
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_print_faults")),
    )
    op.create_index("ix_print_faults_part", "print_faults", ["batch_id", "part"])


def old_batches() -> None:
    for column in (
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_bytes", sa.Integer(), nullable=True),
    ):
        op.add_column("print_batches", column)
    op.execute(EMPTY_PARTS)
    op.alter_column("print_batches", "state", nullable=False)
    op.drop_constraint("uq_print_batches_requester", "print_batches")
    for name in ("kind", "duplex", "cards", "cancelled"):
        op.drop_constraint(op.f(f"ck_print_batches_{name}"), "print_batches")
    for name in (
        *("kind", "duplex", "card_id", "parts"),
        *("cancelled_at", "cancelled_by", "cancelled_by_name"),
    ):
        op.drop_column("print_batches", name)
    for name, condition in (
        ("cards", "cards BETWEEN 1 AND 1000"),
        ("state", "state IN ('queued', 'printed', 'failed')"),
        (
            "printed_has_file",
            "(state = 'printed') = (num_nonnulls(printed_at, sha256, file_bytes) = 3)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_print_batches_{name}"), "print_batches", condition)
    op.create_index(
        "ix_print_batches_queued",
        "print_batches",
        ["requested_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def old_cards_and_files() -> None:
    op.drop_constraint("fk_print_parts_file", "print_parts")
    op.drop_constraint("fk_print_batch_cards_part", "print_batch_cards")
    op.drop_index("uq_print_batch_cards_once", "print_batch_cards")
    op.drop_constraint("uq_print_batch_cards_card", "print_batch_cards")
    for table, key in (
        ("print_batch_cards", ["batch_id", "position"]),
        ("print_files", ["batch_id"]),
    ):
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.create_primary_key(op.f(f"pk_{table}"), table, key)
        op.drop_column(table, "part")
    op.drop_column("print_batch_cards", "left_out")

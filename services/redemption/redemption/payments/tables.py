"""Payment orders to a bank, what the bank answered, and what people said about differences."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from redemption.payments.rules import (
    BATCH_STATES,
    DECISIONS,
    INSTRUCTION_STATES,
    OUTCOMES,
    PURPOSES,
    one_of,
)
from redemption.payments.run_tables import payment_runs
from redemption.schema import metadata

payment_batches = Table(
    "payment_batches",
    metadata,
    # Made by who draws it up.
    Column("id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    # Of a batch for families: the cycle whose cash it pays, and the bank, a partner.
    Column("cycle_id", Uuid),
    Column("bank_id", Uuid),
    Column("pay_on", Date, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("total_rupiah", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("drawn_up_by", Text, nullable=False),
    Column("drawn_up_by_name", Text, nullable=False),
    Column("drawn_up_at", DateTime(timezone=True), nullable=False),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", DateTime(timezone=True)),
    # When the file was first fetched after that: from then on the bank may have it.
    Column("sent_by", Text),
    Column("sent_by_name", Text),
    Column("sent_at", DateTime(timezone=True)),
    Column("withdrawn_by", Text),
    Column("withdrawn_by_name", Text),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_reason", Text),
    # The two forms of the file, sealed for "payment_batches.<form>:<id>"; the digests are of what
    # the bank gets, so that who approves and who sends speak of the same bytes.
    Column("csv_sealed", LargeBinary, nullable=False),
    Column("csv_sha256", String(64), nullable=False),
    Column("xml_sealed", LargeBinary, nullable=False),
    Column("xml_sha256", String(64), nullable=False),
    # Where one act drew up several files: which act, and the how manieth of them it is.
    Column("run_id", Uuid, ForeignKey(payment_runs.c.id)),
    Column("run_position", Integer),
    UniqueConstraint("run_id", "run_position"),
    CheckConstraint("(run_id IS NULL) = (run_position IS NULL)", name="place_in_run"),
    CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
    CheckConstraint(one_of("state", BATCH_STATES), name="state"),
    CheckConstraint("lines > 0 AND total_rupiah > 0", name="pays_something"),
    CheckConstraint("approved_by <> drawn_up_by", name="two_people"),
    CheckConstraint(
        "num_nulls(cycle_id, bank_id) = CASE purpose WHEN 'family_cash' THEN 0 ELSE 2 END",
        name="family_cash_of_a_cycle",
    ),
    CheckConstraint(
        "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3) "
        "AND (state <> 'approved' OR approved_at IS NOT NULL)",
        name="approval_whole",
    ),
    CheckConstraint(
        "num_nulls(sent_by, sent_by_name, sent_at) IN (0, 3) "
        "AND (sent_at IS NULL OR state = 'approved')",
        name="sent_after_approval",
    ),
    CheckConstraint(
        "num_nulls(withdrawn_by, withdrawn_by_name, withdrawn_at, withdrawn_reason) "
        "= CASE state WHEN 'withdrawn' THEN 0 ELSE 4 END",
        name="withdrawal_whole",
    ),
    Index("ix_payment_batches_drawn_up_at", "drawn_up_at"),
)

# One line of a batch: no name and no account, those are in the file alone.
payment_instructions = Table(
    "payment_instructions",
    metadata,
    # The bank answers with it; of a family's cash, also the id of the order's ledger line.
    Column("id", Uuid, primary_key=True),
    Column("batch_id", Uuid, ForeignKey("payment_batches.id"), nullable=False),
    Column("position", Integer, nullable=False),
    # What is paid: an entitlement or a settlement.
    Column("matter_id", Uuid, nullable=False),
    Column("household_id", Uuid),
    Column("cycle_id", Uuid),
    Column("benefit_id", Uuid),
    Column("subject_id", Uuid),
    Column("card_id", String(16)),
    Column("partner_id", Uuid),
    # The ledger's line that holds a family's right for it: its own id, or that of the decision by
    # which a payment was believed after it had been given back.
    Column("payout_id", Uuid),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome_at", DateTime(timezone=True)),
    Column("reason_code", Text, nullable=False, server_default=""),
    Column("bank_reference", Text, nullable=False, server_default=""),
    # Counts what was said of it.
    Column("version", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("batch_id", "position"),
    CheckConstraint("amount_rupiah > 0", name="amount"),
    CheckConstraint(one_of("state", INSTRUCTION_STATES), name="state"),
    CheckConstraint(
        "num_nulls(household_id, cycle_id, benefit_id, subject_id, card_id, payout_id) "
        "= CASE WHEN partner_id IS NULL THEN 0 ELSE 6 END",
        name="one_payee",
    ),
    CheckConstraint(
        "(state IN ('paid', 'failed')) = (outcome_at IS NOT NULL)", name="outcome_has_time"
    ),
    # Nothing is under way or paid twice.
    Index(
        "uq_payment_instructions_matter_id",
        "matter_id",
        unique=True,
        postgresql_where=text("state = 'waiting' OR (state = 'paid' AND partner_id IS NOT NULL)"),
    ),
    Index("ix_payment_instructions_household_id", "household_id"),
)

# A file of the bank about one batch; the same bytes count once.
payment_result_files = Table(
    "payment_result_files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("batch_id", Uuid, ForeignKey("payment_batches.id"), nullable=False),
    Column("form", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    # As it came, sealed for "payment_result_files.content:<id>"; or, of a file that speaks of
    # several batches, the row that keeps it.
    Column("content_sealed", LargeBinary),
    Column("whole_id", Uuid, ForeignKey("payment_result_files.id")),
    Column("lines", Integer, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("received_by_name", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("batch_id", "sha256"),
    CheckConstraint("num_nulls(content_sealed, whole_id) = 1", name="kept_once"),
    CheckConstraint("form IN ('csv', 'pain.002')", name="form"),
    CheckConstraint("lines > 0", name="says_something"),
)

# Each line of it, and what it turned out to be. Append-only.
payment_result_lines = Table(
    "payment_result_lines",
    metadata,
    Column("file_id", Uuid, ForeignKey("payment_result_files.id"), nullable=False),
    Column("position", Integer, nullable=False),
    # Null where we never gave such an order.
    Column("instruction_id", Uuid),
    Column("said_id", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("bank_reference", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    PrimaryKeyConstraint("file_id", "position"),
    CheckConstraint("said IN ('paid', 'failed')", name="said"),
    CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    # An order is settled by one line; every further one is a repeat or a difference.
    Index(
        "uq_payment_result_lines_instruction_id",
        "instruction_id",
        unique=True,
        postgresql_where=text("outcome IN ('paid', 'failed')"),
    ),
    Index("ix_payment_result_lines_said_id", "said_id"),
)

# What a person found out about a difference. Append-only.
payment_explanations = Table(
    "payment_explanations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("file_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("decision", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("explained_by", Text, nullable=False),
    Column("explained_by_name", Text, nullable=False),
    Column("explained_at", DateTime(timezone=True), nullable=False),
    # Who brought the file, beside it so that the database can compare.
    Column("received_by", Text, nullable=False),
    UniqueConstraint("file_id", "position"),
    ForeignKeyConstraint(
        ["file_id", "position"], ["payment_result_lines.file_id", "payment_result_lines.position"]
    ),
    CheckConstraint(one_of("decision", DECISIONS), name="decision"),
    CheckConstraint("explained_by <> received_by", name="two_people"),
)

"""Files for a bank that one act draws up together, because one file holds only so many orders."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from redemption.payments.rules import one_of
from redemption.payments.run_rules import RUN_STATES
from redemption.schema import metadata

payment_runs = Table(
    "payment_runs",
    metadata,
    # Made by who draws it up.
    Column("id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("bank_id", Uuid, nullable=False),
    Column("pay_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    # Of the files that were drawn up so far.
    Column("files", Integer, nullable=False, server_default=text("0")),
    Column("lines", Integer, nullable=False, server_default=text("0")),
    Column("total_rupiah", BigInteger, nullable=False, server_default=text("0")),
    # Rights that were left out: the family holds no card that counts.
    Column("without_card", Integer, nullable=False, server_default=text("0")),
    # The last right that was looked at: the next file goes on after it.
    Column("after_household", Uuid),
    Column("after_benefit", Uuid),
    Column("after_subject", Uuid),
    Column("drawn_up_by", Text, nullable=False),
    Column("drawn_up_by_name", Text, nullable=False),
    Column("drawn_up_at", DateTime(timezone=True), nullable=False),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("withdrawn_by", Text),
    Column("withdrawn_by_name", Text),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_reason", Text),
    CheckConstraint(one_of("state", RUN_STATES), name="state"),
    CheckConstraint("approved_by <> drawn_up_by", name="two_people"),
    CheckConstraint(
        "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3) "
        "AND (state <> 'approved' OR approved_at IS NOT NULL)",
        name="approval_whole",
    ),
    CheckConstraint(
        "num_nulls(withdrawn_by, withdrawn_by_name, withdrawn_at, withdrawn_reason) "
        "= CASE WHEN state IN ('withdrawing', 'withdrawn') THEN 0 ELSE 4 END",
        name="withdrawal_whole",
    ),
    CheckConstraint(
        "files >= 0 AND lines >= files AND total_rupiah >= lines AND without_card >= 0 "
        "AND (state NOT IN ('drawn_up', 'approved') OR files > 0)",
        name="sums",
    ),
    CheckConstraint(
        "num_nulls(after_household, after_benefit, after_subject) IN (0, 3)", name="place_whole"
    ),
)

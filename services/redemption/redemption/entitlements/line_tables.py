"""The ledger's lines that are written at no counter: changes by people, ends, payments by a bank.

They are append-only, each by a trigger. `other_moves`, a view, is all of them with their signs.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from redemption.schema import metadata

RIGHT = ("household_id", "cycle_id", "benefit_id", "subject_id")


def _right() -> list[Column[object]]:
    return [Column(name, Uuid, nullable=False) for name in RIGHT]


# What one person of finance wants to add to a right or take of it, until another decides.
adjustment_proposals = Table(
    "adjustment_proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    *_right(),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("outcome", Text),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    CheckConstraint("quantity <> 0 OR amount_rupiah <> 0", name="changes_something"),
    CheckConstraint("sign(quantity) * sign(amount_rupiah) >= 0", name="one_direction"),
    CheckConstraint("outcome IN ('approved', 'refused')", name="outcome"),
    CheckConstraint("decided_by <> proposed_by", name="two_people"),
    CheckConstraint(
        "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
        name="decision_whole",
    ),
    Index("ix_adjustment_proposals_household_id", "household_id"),
    Index("ix_adjustment_proposals_open", "proposed_at", postgresql_where=text("outcome IS NULL")),
)

adjustments = Table(
    "adjustments",
    metadata,
    # That of the proposal.
    Column("id", Uuid, nullable=False),
    *_right(),
    # Added where positive, taken where negative.
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_by_name", Text, nullable=False),
    Column("adjusted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("id", "household_id"),
    CheckConstraint("approved_by <> proposed_by", name="two_people"),
    CheckConstraint("quantity <> 0 OR amount_rupiah <> 0", name="changes_something"),
    CheckConstraint("sign(quantity) * sign(amount_rupiah) >= 0", name="one_direction"),
    Index("ix_adjustments_right", *RIGHT),
)

# What was left when the cycle, or the right itself, was over.
expiries = Table(
    "expiries",
    metadata,
    Column("id", Uuid, nullable=False, server_default=text("uuidv7()")),
    *_right(),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("expired_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("id", "household_id"),
    CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name="takes"),
    CheckConstraint("quantity > 0 OR amount_rupiah > 0", name="takes_something"),
    Index("ix_expiries_right", *RIGHT),
)

# A right to cash that a payment order to a bank has taken; the id is that of the order's line.
payouts = Table(
    "payouts",
    metadata,
    Column("id", Uuid, nullable=False),
    *_right(),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    # The bank, a partner.
    Column("partner_id", Uuid, nullable=False),
    Column("ordered_by", Text, nullable=False),
    Column("ordered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("id", "household_id"),
    CheckConstraint("quantity >= 0 AND amount_rupiah > 0", name="takes"),
    Index("ix_payouts_right", *RIGHT),
)

# The bank could not pay it out: the right is as it was before the order.
payout_returns = Table(
    "payout_returns",
    metadata,
    Column("payout_id", Uuid, nullable=False),
    *_right(),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    # The bank's word for it, not a text of a person.
    Column("reason", Text, nullable=False),
    Column("returned_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # An order is given back once.
    PrimaryKeyConstraint("payout_id", "household_id"),
    ForeignKeyConstraint(["payout_id", "household_id"], ["payouts.id", "payouts.household_id"]),
    CheckConstraint("quantity >= 0 AND amount_rupiah > 0", name="gives_back"),
    Index("ix_payout_returns_right", *RIGHT),
)

"""How much a cycle may give in all, who raised that, and what had to wait for it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from redemption.schema import metadata

# What was opened only grows: a right that ends, expires or is taken away frees nothing, so that
# the money of a cycle is never promised twice without a decree.
budgets = Table(
    "budgets",
    metadata,
    Column("cycle_id", Uuid, primary_key=True),
    # As the decree of the cycle says; empty while nobody has said it.
    Column("said_rupiah", BigInteger),
    Column("ceiling_rupiah", BigInteger),
    Column("opened_rupiah", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("opened_rupiah >= 0", name="opened"),
    CheckConstraint("ceiling_rupiah IS NULL OR opened_rupiah <= ceiling_rupiah", name="ceiling"),
)

budget_raises = Table(
    "budget_raises",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("ceiling_rupiah", BigInteger, nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("outcome", Text),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    CheckConstraint("outcome IN ('approved', 'refused')", name="outcome"),
    CheckConstraint("decided_by <> proposed_by", name="two_people"),
    CheckConstraint(
        "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
        name="decision_whole",
    ),
    CheckConstraint("ceiling_rupiah > 0", name="ceiling"),
    Index(
        "uq_budget_raises_open",
        "cycle_id",
        unique=True,
        postgresql_where=text("outcome IS NULL"),
    ),
)

# Families of an approved list whose rights would have cost more than the ceiling. A person opens
# them once there is money; until then they wait here, and the message about them is done with.
held_openings = Table(
    "held_openings",
    metadata,
    Column("list_id", Uuid, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("families", Integer, nullable=False),
    Column("needed_rupiah", BigInteger, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("opened_by", Text),
    Column("opened_by_name", Text),
    Column("opened_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("list_id", "batch"),
    CheckConstraint("num_nulls(opened_by, opened_by_name, opened_at) IN (0, 3)", name="opening"),
    Index("ix_held_openings_cycle_id", "cycle_id"),
)

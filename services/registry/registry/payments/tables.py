"""What a bank did with each payment to a family, as the redemption service tells it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from registry.schema import metadata

family_payments = Table(
    "family_payments",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # The person whose right it was, or the family itself.
    Column("subject_id", Uuid, nullable=False),
    Column("benefit_name_id", Text, nullable=False),
    Column("benefit_name_en", Text, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    # The bank's code for a failure; its words are in common.payment_reasons.
    Column("reason_code", Text, nullable=False),
    Column("settled_at", DateTime(timezone=True), nullable=False),
    # A later word of the same payment has a higher one.
    Column("version", Integer, nullable=False),
    CheckConstraint("outcome IN ('paid', 'failed')", name="outcome"),
    CheckConstraint("version >= 1", name="version"),
    Index("ix_family_payments_household_id", "household_id"),
)

"""Which rights were set aside for which terminal, until when, and how that ended."""

from sqlalchemy import (
    ARRAY,
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

from redemption.schema import metadata

# The rows of the rights say what is set aside now; this says what was, for whoever judges later.
leases = Table(
    "leases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("terminal_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    # What was asked for.
    Column("region_codes", ARRAY(Text), nullable=False),
    Column("card_ends", Text, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("distribution_id", Uuid),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_by_name", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # What was set aside: the same place in each list is one right.
    Column("families", Integer, nullable=False),
    Column("entitlement_ids", ARRAY(Uuid), nullable=False),
    Column("quantities", ARRAY(Integer), nullable=False),
    Column("rupiahs", ARRAY(BigInteger), nullable=False),
    # Given back by the terminal itself, or taken from it by a person with a reason.
    Column("returned_at", DateTime(timezone=True)),
    Column("released_at", DateTime(timezone=True)),
    Column("released_by", Text),
    Column("released_by_name", Text),
    Column("release_reason", Text),
    CheckConstraint("expires_at > taken_at", name="lasts"),
    CheckConstraint("cardinality(region_codes) > 0", name="somewhere"),
    CheckConstraint(
        "cardinality(entitlement_ids) = cardinality(quantities) "
        "AND cardinality(quantities) = cardinality(rupiahs)",
        name="whole",
    ),
    CheckConstraint("returned_at IS NULL OR released_at IS NULL", name="one_end"),
    CheckConstraint(
        "num_nulls(released_at, released_by, released_by_name, release_reason) IN (0, 4)",
        name="release_is_whole",
    ),
    CheckConstraint("released_by <> taken_by", name="another_person"),
    Index("ix_leases_terminal_id", "terminal_id", "taken_at"),
    Index("ix_leases_expires_at", "expires_at"),
    Index("ix_leases_distribution_id", "distribution_id"),
)

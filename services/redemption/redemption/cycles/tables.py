"""What was last counted of each cycle: by village, by day, and when."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)

from redemption.schema import metadata

# Counted anew as a whole: none of it is a source of anything.
cycle_villages = Table(
    "cycle_villages",
    metadata,
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # Where the family lives now; "62" for one whose place was never told.
    Column("region_code", String(13), nullable=False),
    # Rights: of families, or of persons where the benefit is theirs.
    Column("entitled", Integer, nullable=False),
    Column("collected", Integer, nullable=False),
    # Of a balance or of several parcels, a part was used.
    Column("begun", Integer, nullable=False),
    # Set aside for a terminal at the moment of counting.
    Column("leased", Integer, nullable=False),
    Column("entitled_rupiah", BigInteger, nullable=False),
    Column("collected_rupiah", BigInteger, nullable=False),
    PrimaryKeyConstraint("cycle_id", "benefit_id", "region_code"),
    CheckConstraint("collected + begun <= entitled", name="parts_of_a_whole"),
)

cycle_days = Table(
    "cycle_days",
    metadata,
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # A regency: days of villages would be half a million rows a year.
    Column("region_code", String(5), nullable=False),
    # In Kalimantan Tengah (WIB), as this service wrote the lines.
    Column("day", Date, nullable=False),
    Column("acts", Integer, nullable=False),
    Column("rupiah", BigInteger, nullable=False),
    PrimaryKeyConstraint("cycle_id", "benefit_id", "region_code", "day"),
)

# One row: what was last counted, so that nothing is counted again while nothing has happened.
cycle_counts = Table(
    "cycle_counts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("marker", Text, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("counted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

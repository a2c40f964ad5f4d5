"""What was redeemed and what was undone: append-only lines, the family's id in every key."""

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
    text,
)

from redemption.schema import metadata

# The whole of the first answer is here, so that a repeat gets it again however late it comes.
redemptions = Table(
    "redemptions",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # The person whose right it was; the family itself where it was the family's.
    Column("subject_id", Uuid, nullable=False),
    Column("entitlement_id", Uuid, nullable=False),
    Column("card_id", String(16), nullable=False),
    # How the card was read, and how its holder was looked at.
    Column("card_reading", Text, nullable=False),
    Column("holder_check", Text, nullable=False),
    # Of the family: staff of other regions do not see the line.
    Column("region_code", String(13), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("remaining_quantity", Integer, nullable=False),
    Column("remaining_rupiah", BigInteger, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    # As it was called then.
    Column("partner_name", Text, nullable=False),
    Column("redeemed_by", Text, nullable=False),
    Column("redeemed_by_name", Text, nullable=False),
    Column("redeemed_at", DateTime(timezone=True), nullable=False),
    # The device, where it was an enrolled one; who collected, where it was not the holder.
    Column("terminal_id", Uuid),
    Column("companion_id", Uuid),
    Column("goods_category", Text),
    # "offline" lines came later in a terminal's journal; `said_at` is what its clock showed, and
    # nothing is decided by it. `redeemed_at` is when this service wrote the line.
    Column("mode", Text, nullable=False, server_default=text("'online'")),
    Column("said_at", DateTime(timezone=True)),
    Column("lease_id", Uuid),
    PrimaryKeyConstraint("id", "household_id"),
    CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name="takes"),
    CheckConstraint("quantity > 0 OR amount_rupiah > 0", name="takes_something"),
    CheckConstraint("remaining_quantity >= 0 AND remaining_rupiah >= 0", name="leaves"),
    CheckConstraint(
        "mode IN ('online', 'offline') AND (mode = 'offline') = (said_at IS NOT NULL)",
        name="late_has_time",
    ),
    CheckConstraint("card_reading IN ('scanned', 'typed')", name="card_reading"),
    CheckConstraint(
        "holder_check IN ('name_compared', 'photo_compared', 'pin_right')", name="holder_check"
    ),
    Index("ix_redemptions_household_id", "household_id", "cycle_id", "benefit_id"),
    Index("ix_redemptions_partner_id", "partner_id", "redeemed_at"),
    # For whoever goes on from where it looked last: lines are written in the order of time.
    Index("ix_redemptions_redeemed_at", "redeemed_at", postgresql_using="brin"),
)

reversals = Table(
    "reversals",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("redemption_id", Uuid, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("redeemed_by", Text, nullable=False),
    Column("reversed_by", Text, nullable=False),
    Column("reversed_by_name", Text, nullable=False),
    Column("reversed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("id", "household_id"),
    ForeignKeyConstraint(
        ["redemption_id", "household_id"], ["redemptions.id", "redemptions.household_id"]
    ),
    CheckConstraint("reversed_by <> redeemed_by", name="another_person"),
    CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name="gives_back"),
    # A redemption is undone once.
    Index("uq_reversals_redemption_id", "redemption_id", "household_id", unique=True),
)

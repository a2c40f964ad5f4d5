"""What this service has heard about cards and the keys that sign them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)

from redemption.schema import metadata

cards = Table(
    "cards",
    metadata,
    # The token's cti in hex: 8 random bytes.
    Column("card_id", String(16), primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("kid", String(8), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # Sealed for "cards.printed_name:<card_id>".
    Column("printed_name", LargeBinary, nullable=False),
    CheckConstraint("expires_at > issued_at", name="expires_after_issue"),
    Index("ix_cards_household_id", "household_id"),
    # A terminal sets aside what the families of a village are entitled to.
    Index("ix_cards_region_code", "region_code"),
)

# Apart from `cards`, because a status may be heard before its card is.
card_statuses = Table(
    "card_statuses",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("status", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status IN ('not_active', 'valid', 'suspended', 'revoked')", name="status"),
)

# Where a family lives since it moved: its older cards name the place they were made for.
household_regions = Table(
    "household_regions",
    metadata,
    Column("household_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    # First 4 bytes of the COSE key thumbprint (RFC 9679), hex. They can collide, hence both.
    Column("kid", String(8), primary_key=True),
    Column("public_key", LargeBinary, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("sign_until", DateTime(timezone=True), nullable=False),
    Column("verify_until", DateTime(timezone=True), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    CheckConstraint("algorithm IN ('Ed25519', 'ES256')", name="algorithm"),
)

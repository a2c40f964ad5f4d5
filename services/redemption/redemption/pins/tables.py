"""The PINs of cards, as hashes that are sealed again, and how often one was wrong."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from redemption.pins.rules import ATTEMPTS
from redemption.schema import metadata

# Apart from `cards`, because a PIN may be heard of before its card is.
card_pins = Table(
    "card_pins",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("household_id", Uuid, nullable=False),
    # argon2id, sealed for "card_pins.hash:<card_id>": six digits fall to whoever can try them all,
    # so the hash alone is never left lying about.
    Column("sealed_hash", LargeBinary, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    # An older PIN never comes back over a younger one.
    Column("sequence", BigInteger, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("locked_at", DateTime(timezone=True)),
    CheckConstraint(f"attempts_left BETWEEN 0 AND {ATTEMPTS}", name="attempts_left"),
    CheckConstraint("(attempts_left = 0) = (locked_at IS NOT NULL)", name="locked"),
)

"""The PINs of cards, as hashes that are sealed again, and how often one was wrong."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
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

# Each wrong PIN, with where and by whom it was typed in. Append-only, by a trigger.
pin_failures = Table(
    "pin_failures",
    metadata,
    # The redemption it was typed for. The same act sent again with the same PIN is the same
    # failure, and counted once; that is all that the keyed hash of the typed PIN is for.
    Column("act_id", Uuid, nullable=False),
    Column("card_id", String(16), nullable=False),
    Column("pin_index", LargeBinary, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    Column("terminal_id", Uuid),
    Column("operator", Text, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("act_id", "card_id", "pin_index"),
    CheckConstraint("attempts_left >= 0", name="attempts_left"),
    Index("ix_pin_failures_at", "failed_at"),
)

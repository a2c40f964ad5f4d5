"""Where each card of a family is, as issuance tells it."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, String, Table, Text, Uuid

from registry.schema import metadata

card_ways = Table(
    "card_ways",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("household_id", Uuid, nullable=False),
    # Counts the card's changes: an older step never replaces a newer one.
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # Region code of where the step was taken.
    Column("place", String(13), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    # Known once the card is signed; a later step may be heard first.
    Column("expires_at", DateTime(timezone=True)),
    CheckConstraint("version >= 0", name="version"),
    Index("ix_card_ways_household_id", "household_id"),
)

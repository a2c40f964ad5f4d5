"""Plastic of cards that ended before their families got them, and was destroyed."""

from sqlalchemy import Column, DateTime, ForeignKey, String, Table, Text

from issuance.schema import metadata

# Append-only (migration 0012).
destroyed_cards = Table(
    "destroyed_cards",
    metadata,
    Column("card_id", String(16), ForeignKey("cards.card_id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
)

"""That a PIN was set, when and by whose desk; the PIN itself is never here, in no form."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from issuance.schema import metadata

# Append-only. What was chosen went, sealed to redemption, with the event and is not kept.
card_pin_settings = Table(
    "card_pin_settings",
    metadata,
    Column("card_id", String(16), ForeignKey("cards.card_id"), primary_key=True),
    # 1 for the card's first PIN; also the sequence of the event.
    Column("sequence", Integer, primary_key=True),
    # The client's id: the same sending twice is one setting.
    Column("pad_id", Uuid, nullable=False, unique=True),
    Column("set_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    # What the family showed; always when a PIN is changed.
    Column("document_seen", Text, nullable=False, server_default=text("''")),
    CheckConstraint("sequence >= 1", name="sequence"),
    CheckConstraint("sequence = 1 OR document_seen <> ''", name="document"),
    Index("ix_card_pin_settings_actor", "actor", "set_at"),
)

# A pad that a clerk opened for a family: on this screen, or on another by its code.
card_pin_pads = Table(
    "card_pin_pads",
    metadata,
    Column("pad_id", Uuid, primary_key=True),
    Column("card_id", String(16), ForeignKey("cards.card_id"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("document_seen", Text, nullable=False, server_default=text("''")),
    # HMAC of the code that opens it on another screen; a code that was used is gone.
    Column("code_index", LargeBinary, unique=True),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # HMAC of what the other screen was given for its code.
    Column("screen_index", LargeBinary, unique=True),
    Column("set_at", DateTime(timezone=True)),
    CheckConstraint("expires_at > opened_at", name="expires"),
    Index("ix_card_pin_pads_card_id", "card_id"),
)

# A PIN that was typed wrongly too often at a counter; the next one of the card is open again.
card_pin_locks = Table(
    "card_pin_locks",
    metadata,
    # No foreign key: a counter's word may be heard at any time.
    Column("card_id", String(16), nullable=False),
    # That of the PIN in card_pin_settings.
    Column("sequence", Integer, nullable=False),
    Column("locked_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("card_id", "sequence"),
)

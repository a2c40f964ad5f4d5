"""Status lists: how full each is, which cards are not valid, and what is published."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)

from issuance.schema import metadata

status_lists = Table(
    "status_lists",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # The key of the shuffle that spreads cards over the list (rules.index_at).
    Column("secret", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    # How many positions are given out; they are never given back.
    Column("used", Integer, nullable=False, server_default=text("0")),
    # Counts changes of what the list says; a published list tells up to which it goes.
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    CheckConstraint("used BETWEEN 0 AND size", name="used"),
)

# Only what is or was not valid: a card without a row is valid.
status_entries = Table(
    "status_entries",
    metadata,
    Column("list_number", Integer, ForeignKey("status_lists.number"), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("status", SmallInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("status BETWEEN 0 AND 3", name="status"),
    CheckConstraint("index >= 0", name="index"),
)

# What anybody may fetch: the newest signed list of each number.
published_lists = Table(
    "published_lists",
    metadata,
    Column("list_number", Integer, ForeignKey("status_lists.number"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("etag", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

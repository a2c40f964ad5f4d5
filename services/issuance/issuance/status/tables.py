"""Status lists: how full each is, what was last said of each card, and what is published."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
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
    CheckConstraint("used BETWEEN 0 AND size", name="used"),
)

# Every card of a list: waiting to be handed over, valid, suspended or revoked.
status_entries = Table(
    "status_entries",
    metadata,
    Column("list_number", Integer, ForeignKey("status_lists.number"), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("status", SmallInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # The transaction that said it. A publication keeps its snapshot, so what it does not tell yet
    # is found exactly, whatever order transactions commit in, and without a lock.
    Column(
        "changed_in",
        BigInteger,
        nullable=False,
        server_default=text("pg_current_xact_id()::text::bigint"),
    ),
    # False for a card that was only signed: nobody holds it, so it may wait for the next list.
    Column("urgent", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("status BETWEEN 0 AND 3", name="status"),
    CheckConstraint("index >= 0", name="index"),
    Index("ix_status_entries_changed_in", "changed_in"),
)

# One row is one file of the public site. A version never goes down, and one version has one body
# (a trigger, migration 0007).
publications = Table(
    "publications",
    metadata,
    Column("path", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("etag", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    # Of status lists and deltas: the state of the database (pg_snapshot) that they tell.
    Column("snapshot", Text),
    CheckConstraint("path ~ '^/[a-z0-9./_-]+$'", name="path"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("expires_at > issued_at", name="dates"),
)

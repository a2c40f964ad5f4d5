"""The trust bundles that were ever published."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)

from issuance.schema import metadata

# Append-only; each version is higher than all before it (a trigger, migration 0007).
trust_bundles = Table(
    "trust_bundles",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("publication_id", Uuid, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    # Thumbprints (RFC 9679) of the root that signed, and of the one that may sign next.
    Column("root", LargeBinary, nullable=False),
    Column("next_root", LargeBinary, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column(
        "published_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
    ),
    Column("published_by", Text, nullable=False),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("expires_at > issued_at", name="dates"),
    CheckConstraint("octet_length(sha256) = 32", name="sha256"),
)

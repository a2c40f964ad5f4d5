"""The keys that sign cards and status lists, and what became of each."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from issuance.schema import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    # First 4 bytes of the COSE key thumbprint, hex: what a token names.
    Column("kid", Text, nullable=False, unique=True),
    Column("algorithm", Text, nullable=False),
    # Raw: 32 bytes for Ed25519, 65 uncompressed ones for ES256.
    Column("public_key", LargeBinary, nullable=False),
    # Sealed under SIGNING_MASTER_KEY, context "signing_keys.private_key:<kid>"; null when the
    # key lives in a device.
    Column("sealed_private_key", LargeBinary),
    Column("state", Text, nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("sign_until", DateTime(timezone=True), nullable=False),
    Column("verify_until", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("algorithm IN ('Ed25519', 'ES256')", name="algorithm"),
    CheckConstraint(
        "state IN ('planned', 'active', 'verify_only', 'retired', 'compromised')", name="state"
    ),
    CheckConstraint("not_before < sign_until AND sign_until <= verify_until", name="dates"),
    CheckConstraint("kid ~ '^[0-9a-f]{8}$'", name="kid"),
)

# Append-only.
signing_key_changes = Table(
    "signing_key_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key_id", Uuid, ForeignKey("signing_keys.id"), nullable=False),
    Column("old_state", Text),
    Column("new_state", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
)

# What the signer is asked to put its name to besides cards and lists. Once asked, a request does
# not change, and it is answered once (a trigger, migration 0006).
signing_requests = Table(
    "signing_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # Whose key signs: as for a card of this place.
    Column("region_code", String(13), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("kid", Text),
    Column("token", LargeBinary),
    Column("signed_at", DateTime(timezone=True)),
    CheckConstraint("purpose IN ('print_manifest')", name="purpose"),
    CheckConstraint("octet_length(payload) <= 1048576", name="payload"),
    CheckConstraint("num_nulls(kid, token, signed_at) IN (0, 3)", name="signed_whole"),
    Index("ix_signing_requests_waiting", "asked_at", postgresql_where=text("token IS NULL")),
)

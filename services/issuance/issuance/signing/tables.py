"""The keys that sign cards and status lists, what became of each, and what the signer is asked."""

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

# Which state may follow which, that only what may still sign has a private side, that a state is
# the last line of the key's history, and that nothing else of a key ever changes: triggers of
# migration 0006.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    # First 4 bytes of the COSE key thumbprint, hex: what a token names.
    Column("kid", Text, nullable=False, unique=True),
    Column("algorithm", Text, nullable=False),
    # Raw: 32 bytes for Ed25519, 65 uncompressed ones for ES256.
    Column("public_key", LargeBinary, nullable=False),
    # The part of the province whose cards it signs.
    Column("region_code", String(13), nullable=False, server_default=text("'62'")),
    # Where the private side is: sealed here, or in a device.
    Column("custody", Text, nullable=False, server_default=text("'sealed'")),
    # Sealed under SIGNING_MASTER_KEY, context "signing_keys.private_key:<kid>". Erased when the
    # key stops signing: what is not there cannot be stolen.
    Column("sealed_private_key", LargeBinary),
    # RFC 7512, without a PIN.
    Column("device_uri", Text),
    Column("state", Text, nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("sign_until", DateTime(timezone=True), nullable=False),
    Column("verify_until", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
    # Since when verifiers may learn it; off-line terminals need weeks.
    Column("published_at", DateTime(timezone=True)),
    Column("activated_at", DateTime(timezone=True)),
    Column("activated_by", Text),
    # Why it was activated before every off-line terminal could know it.
    Column("early_reason", Text),
    CheckConstraint("algorithm IN ('Ed25519', 'ES256')", name="algorithm"),
    CheckConstraint(
        "state IN ('planned', 'active', 'verify_only', 'retired', 'compromised')", name="state"
    ),
    CheckConstraint("not_before < sign_until AND sign_until <= verify_until", name="dates"),
    CheckConstraint("kid ~ '^[0-9a-f]{8}$'", name="kid"),
    CheckConstraint(
        r"region_code ~ '^62(\.[0-9]{2}(\.[0-9]{2}(\.[12][0-9]{3})?)?)?$'", name="region"
    ),
    CheckConstraint(
        "CASE custody"
        " WHEN 'sealed' THEN device_uri IS NULL"
        " AND (sealed_private_key IS NOT NULL) = (state IN ('planned', 'active'))"
        " WHEN 'pkcs11' THEN device_uri IS NOT NULL AND sealed_private_key IS NULL"
        " ELSE false END",
        name="custody",
    ),
    # Version, key id, nonce, 32 bytes and their tag: a key in the clear does not fit.
    CheckConstraint(
        "octet_length(sealed_private_key) = 65 AND get_byte(sealed_private_key, 0) = 1",
        name="sealed",
    ),
    CheckConstraint(
        "device_uri LIKE 'pkcs11:%' AND device_uri NOT LIKE '%pin-value%'", name="device_uri"
    ),
    CheckConstraint(
        "state NOT IN ('active', 'verify_only')"
        " OR num_nulls(published_at, activated_at, activated_by) = 0",
        name="activated_whole",
    ),
    CheckConstraint(
        "coalesce(early_reason <> '', false) OR activated_at >= published_at + interval '30 days'",
        name="waited",
    ),
    CheckConstraint(
        "created_by = 'prepare' OR lower(btrim(created_by)) <> lower(btrim(activated_by))",
        name="two_people",
    ),
)

# Append-only.
signing_key_changes = Table(
    "signing_key_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key_id", Uuid, ForeignKey("signing_keys.id"), nullable=False),
    Column("act", Text, nullable=False, server_default=text("'changed'")),
    Column("old_state", Text),
    Column("new_state", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    CheckConstraint("actor <> ''", name="actor"),
    CheckConstraint("act <> 'compromised' OR reason <> ''", name="theft_has_reason"),
    Index("ix_signing_key_changes_key_id", "key_id", "at"),
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

"""The tables of the devices that partners serve with: codes, terminals, operators, sessions."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from redemption.schema import metadata
from redemption.terminals.rules import PIN_TRIES

# What a partner's admin shows to a device, once. Only a keyed hash of the code is here.
terminal_codes = Table(
    "terminal_codes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("code_index", LargeBinary, nullable=False, unique=True),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_by_name", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("withdrawn_at", DateTime(timezone=True)),
    CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="one_outcome"),
    Index("ix_terminal_codes_partner_id", "partner_id", "made_at"),
)

# How often a wrong code was tried, from one address (as a keyed hash) and by everybody together.
terminal_code_attempts = Table(
    "terminal_code_attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
)

# One enrolled device. Its private key never leaves it; what is here can only verify.
terminals = Table(
    "terminals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("code_id", Uuid, ForeignKey("terminal_codes.id"), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    # Raw: 65 bytes uncompressed for P-256, 32 for Ed25519.
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("enrolled_at", DateTime(timezone=True), nullable=False),
    # Written at most once a minute, see SEEN_EVERY_S.
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    # Lines of its journal that it had not sent when it last said so.
    Column("unsent_lines", Integer),
    Column("unsent_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", Text),
    Column("revoked_by_name", Text),
    Column("revoked_reason", Text),
    CheckConstraint("algorithm IN ('ecdsa-p256-sha256', 'ed25519')", name="algorithm"),
    CheckConstraint(
        "octet_length(public_key) = CASE algorithm WHEN 'ed25519' THEN 32 ELSE 65 END",
        name="key_of_algorithm",
    ),
    CheckConstraint(
        "num_nulls(revoked_at, revoked_by, revoked_by_name, revoked_reason) IN (0, 4)",
        name="revocation_is_whole",
    ),
    CheckConstraint("unsent_lines >= 0", name="unsent_lines"),
    CheckConstraint("(unsent_lines IS NULL) = (unsent_at IS NULL)", name="unsent_has_time"),
    Index("ix_terminals_partner_id", "partner_id", "enrolled_at"),
)

# Who may sign in on a terminal with a PIN: whoever signed in fully there, not too long ago.
terminal_operators = Table(
    "terminal_operators",
    metadata,
    Column("terminal_id", Uuid, ForeignKey("terminals.id"), nullable=False),
    Column("operator_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # argon2id, sealed.
    Column("pin_sealed", LargeBinary, nullable=False),
    Column("full_sign_in_at", DateTime(timezone=True), nullable=False),
    Column("tries_left", SmallInteger, nullable=False),
    Column("removed_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("terminal_id", "operator_id"),
    CheckConstraint("role IN ('partner_admin', 'partner_operator')", name="role"),
    CheckConstraint(f"tries_left BETWEEN 0 AND {PIN_TRIES}", name="tries_left"),
    Index("ix_terminal_operators_subject", "subject"),
)

# When the issuer last ended every sign-in of somebody. A PIN that rests on an older one is over,
# also when it is set while this is on its way.
ended_sign_ins = Table(
    "ended_sign_ins",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    # But for the one that was signed in at this second.
    Column("spared_at", DateTime(timezone=True)),
)

# Signed-in operators; the token itself is only in the terminal.
terminal_sessions = Table(
    "terminal_sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("terminal_id", Uuid, nullable=False),
    Column("operator_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    ForeignKeyConstraint(
        ["terminal_id", "operator_id"],
        ["terminal_operators.terminal_id", "terminal_operators.operator_id"],
    ),
    CheckConstraint("expires_at > began_at", name="lasts"),
    Index("ix_terminal_sessions_terminal_id", "terminal_id", "subject", "expires_at"),
)

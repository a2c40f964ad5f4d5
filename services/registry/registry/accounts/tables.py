"""The tables of the built-in accounts: people, their sign-ins, and the systems that call for them.

No secret is here in the clear: passwords as argon2id, random secrets as SHA-256, keys and TOTP
secrets sealed.
"""

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
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.schema import metadata


def _moment(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# People who sign in. One person has one role: nobody can be maker and checker of the same thing.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    # A letter first, so that nobody takes a NIK as a user name.
    Column("username", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("regions", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("partner_id", Uuid),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    _moment("password_changed_at", nullable=False),
    Column("totp_secret", LargeBinary),
    _moment("totp_confirmed_at"),
    # The last time step whose code was used: a code that was seen over a shoulder is of no use.
    Column("totp_last_step", BigInteger),
    _moment("created_at", nullable=False),
    Column("created_by", Text, nullable=False),
    _moment("disabled_at"),
    CheckConstraint("username ~ '^[a-z][a-z0-9.-]{2,31}$'", name="username_form"),
    CheckConstraint("(role LIKE 'partner%') = (partner_id IS NOT NULL)", name="partner_of_role"),
    CheckConstraint("partner_id IS NULL OR regions = '{}'", name="regions_or_partner"),
    CheckConstraint("totp_confirmed_at IS NULL OR totp_secret IS NOT NULL", name="totp_has_secret"),
)

# Failures by account name and by address, of names that exist and that do not; the key is a
# blind index, because an address or a mistyped name is nobody's business afterwards.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    _moment("last_failed_at", nullable=False),
    _moment("blocked_until"),
    Index("ix_sign_in_failures_last_failed_at", "last_failed_at"),
)

# A browser that is signed in at the issuer: one of these serves the three services.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    _moment("created_at", nullable=False),
    # Set when every step was taken (password, code, a new password when one is due).
    _moment("completed_at"),
    # The last time a token was asked for on its strength; one that idles is over.
    _moment("active_at", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("ended_at"),
    Column("with_second_factor", Boolean, nullable=False, server_default=text("false")),
    Index("ix_sign_ins_account_id", "account_id"),
    Index("ix_sign_ins_expires_at", "expires_at"),
)

# Who may ask for tokens: the three services (for people), partners' own systems, and those of
# other agencies.
oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("signed_out_uris", ARRAY(Text), nullable=False),
    Column("partner_id", Uuid),
    # The regions that a system of another agency may ask about; what else it may is in its profile.
    Column("regions", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    _moment("created_at", nullable=False),
    Column("created_by", Text, nullable=False),
    _moment("disabled_at"),
    CheckConstraint("kind IN ('service', 'integrator', 'registry_client')", name="kind"),
    CheckConstraint(
        "(kind = 'registry_client') = (cardinality(regions) > 0)", name="regions_of_kind"
    ),
    CheckConstraint("(kind = 'integrator') = (partner_id IS NOT NULL)", name="partner_of_kind"),
    CheckConstraint("kind = 'service' OR redirect_uris = '{}'", name="redirects_of_kind"),
)

# Two may be valid at once, so that a secret can be changed without an interruption.
oauth_client_secrets = Table(
    "oauth_client_secrets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Text, ForeignKey("oauth_clients.id"), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    _moment("created_at", nullable=False),
    _moment("last_used_at"),
    _moment("revoked_at"),
    Index("ix_oauth_client_secrets_client_id", "client_id"),
)

# The chain of refresh tokens that one sign-in gave to one client.
oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sign_in_id", Uuid, ForeignKey("sign_ins.id"), nullable=False),
    Column("client_id", Text, ForeignKey("oauth_clients.id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("nonce", Text),
    _moment("created_at", nullable=False),
    _moment("ended_at"),
    Index("ix_oauth_grants_sign_in_id", "sign_in_id"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("grant_id", Uuid, ForeignKey("oauth_grants.id"), nullable=False, index=True),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    _moment("expires_at", nullable=False),
    _moment("used_at"),
)

oauth_refresh_tokens = Table(
    "oauth_refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("grant_id", Uuid, ForeignKey("oauth_grants.id"), nullable=False, index=True),
    _moment("created_at", nullable=False),
    # Set when it was traded for the next one; a second use ends the whole grant.
    _moment("used_at"),
)

# Keys that sign tokens. The youngest whose time has come signs; older ones stay published until
# the last token they signed is over.
token_keys = Table(
    "token_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_jwk", JSONB, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    _moment("created_at", nullable=False),
    _moment("signs_from", nullable=False),
    _moment("published_until"),
)

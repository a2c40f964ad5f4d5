"""The tables that every service has for common's own work, in the service's own database."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.database import new_metadata

metadata = new_metadata()


def _moment(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# What this service has to tell the others, written in the transaction of the change itself.
outbox = Table(
    "outbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("event_type", Text, nullable=False),
    # The aggregate: events of one subject leave in the order in which they were written.
    Column("subject", Text, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    _moment("published_at"),
    Index("ix_outbox_unsent", "position", postgresql_where=text("published_at IS NULL")),
    Index(
        "ix_outbox_failed",
        "subject",
        postgresql_where=text("published_at IS NULL AND attempts > 0"),
    ),
    Index("ix_outbox_sent", "published_at", postgresql_where=text("published_at IS NOT NULL")),
)

# Which events have had their effect here: the key that makes a second delivery harmless.
inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("event_type", Text, nullable=False),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Messages that could not be handled, kept whole until a person replays or discards them.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    _moment("replayed_at"),
    _moment("discarded_at"),
    CheckConstraint("replayed_at IS NULL OR discarded_at IS NULL", name="one_outcome"),
)

# When each worker last proved that it can reach RabbitMQ and back; read by /readyz.
worker_heartbeats = Table(
    "worker_heartbeats",
    metadata,
    Column("worker", Text, primary_key=True),
    _moment("beat_at", nullable=False),
    _moment("broker_round_trip_at"),
)

# Signed-in browsers. The cookie holds a random secret; only its hash is here.
web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("access_token", LargeBinary, nullable=False),
    Column("refresh_token", LargeBinary),
    Column("id_token_hint", LargeBinary),
    _moment("created_at", nullable=False),
    # When the access token was last renewed, until when it is good, and who is renewing it now.
    _moment("refreshed_at", nullable=False),
    _moment("access_expires_at", nullable=False),
    _moment("renewing_since"),
    _moment("expires_at", nullable=False),
    Index("ix_web_sessions_expires_at", "expires_at"),
)

# Who did or read what. Append-only: a trigger refuses UPDATE and DELETE.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("region_code", String(13)),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("request_id", Text),
    Index("ix_audit_log_subject", "subject_type", "subject_id", "at"),
    Index("ix_audit_log_actor", "actor", "at"),
    # The chain asks every few seconds for what is new.
    Index("ix_audit_log_at", "at"),
)

# The hash chain over audit_log, appended by one worker, so that writers never queue for it.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("position", BigInteger, primary_key=True),
    Column("audit_id", Uuid, nullable=False, unique=True),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

# The keys that sign checkpoints of the chain; private ones are sealed under the service's key.
audit_keys = Table(
    "audit_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("private_key_sealed", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Where the chain ended at some moments, signed; each names the one before it.
audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
    # SHA-256 of the signature before this one.
    Column("previous", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
# Younger than the first migration of each service, which makes all the others.
CHECKPOINT_TABLES = (audit_keys, audit_checkpoints)

# What table definitions cannot say; run once by each service's first migration.
APPEND_ONLY_SQL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '2F002';
END $$;
"""


def append_only(table: str) -> str:
    """Return the statement that makes a table refuse UPDATE, DELETE and TRUNCATE."""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )

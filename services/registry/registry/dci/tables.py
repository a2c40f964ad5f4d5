"""Systems of other agencies, what they sent and asked, what they are told, and what waits."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.schema import metadata

NO_WORDS = text("'{}'::text[]")


def _moment(name: str, *, nullable: bool = True, is_now: bool = False) -> Column[object]:
    default = func.now() if is_now else None
    nullable = nullable and not is_now
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default)


# What an agency's system may do, under which agreement. Its credentials are elsewhere: with the
# built-in accounts in `oauth_clients`, else at the outside provider; the client id joins them.
exchange_clients = Table(
    "exchange_clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    # The name by which it calls itself in signed messages.
    Column("sender_id", Text, nullable=False, unique=True),
    Column("agency_name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    # Programmes whose members it may report, by the registry's roster codes ("pkh").
    Column("roster_codes", ARRAY(Text), nullable=False, server_default=NO_WORDS),
    Column("callback_addresses", ARRAY(Text), nullable=False, server_default=NO_WORDS),
    Column("public_keys", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Where the agency publishes its keys, as it told us; nothing is fetched from there.
    Column("keys_address", Text),
    Column("needs_signature", Boolean, nullable=False, server_default=text("true")),
    Column("valid_until", Date, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_by_name", Text, nullable=False),
    _moment("created_at", is_now=True),
    _moment("changed_at"),
    _moment("disabled_at"),
    CheckConstraint("cardinality(regions) > 0", name="has_regions"),
    CheckConstraint(
        "NOT needs_signature OR jsonb_array_length(public_keys) > 0", name="signature_has_key"
    ),
)

# Every message that was taken, once for each id: that is what a replay is refused by.
exchange_messages = Table(
    "exchange_messages",
    metadata,
    Column("client_id", Text, ForeignKey("exchange_clients.client_id"), primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("correlation_id", Uuid, nullable=False, unique=True),
    Column("registry", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("sender_uri", Text),
    # The key that signed; null where the agreement does not ask for signatures.
    Column("key_id", Text),
    # The whole message, which names people: sealed.
    Column("body_sealed", LargeBinary, nullable=False),
    # The outcome of each request in it: no record, no number of a person.
    Column("outcome", JSONB),
    _moment("received_at", is_now=True),
    _moment("answered_at"),
    CheckConstraint("registry IN ('social', 'ibr')", name="registry"),
    Index("ix_exchange_messages_transaction_id", "client_id", "transaction_id"),
    Index("ix_exchange_messages_received_at", "client_id", "received_at"),
)

exchange_subscriptions = Table(
    "exchange_subscriptions",
    metadata,
    Column("code", Uuid, primary_key=True),
    Column("client_id", Text, ForeignKey("exchange_clients.client_id"), nullable=False),
    Column("registry", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("filter_type", Text, nullable=False),
    # May hold a NIK: sealed. The hash finds the same subscription again.
    Column("filter_sealed", LargeBinary, nullable=False),
    Column("filter_index", LargeBinary, nullable=False),
    Column("sender_uri", Text, nullable=False),
    _moment("starts_at"),
    _moment("ends_at"),
    _moment("subscribed_at", is_now=True),
    _moment("unsubscribed_at"),
    CheckConstraint("registry IN ('social', 'ibr')", name="registry"),
    Index(
        "uq_exchange_subscriptions_open",
        "client_id",
        "registry",
        "event",
        "record_type",
        "filter_index",
        unique=True,
        postgresql_where=text("unsubscribed_at IS NULL"),
    ),
)

# What has changed since the horizon moved and is not told yet.
exchange_changes = Table(
    "exchange_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("registry", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("household_id", Uuid, nullable=False),
    # The household, the new member or the enrolment.
    Column("subject_id", Uuid, nullable=False),
    _moment("noted_at", is_now=True),
)

# One row: changes of transactions before this one are noted already.
exchange_horizon = Table(
    "exchange_horizon",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("transaction_number", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# What is on its way to a system of another agency, until it was taken or given up.
exchange_callbacks = Table(
    "exchange_callbacks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Text, ForeignKey("exchange_clients.client_id"), nullable=False),
    Column("registry", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("correlation_id", Uuid),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _moment("next_try_at", is_now=True),
    Column("last_status", Integer),
    Column("last_fault", Text),
    _moment("created_at", is_now=True),
    _moment("finished_at"),
    CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
    CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finish_has_time"),
    Index(
        "ix_exchange_callbacks_waiting",
        "next_try_at",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_exchange_callbacks_client_id", "client_id", "created_at"),
)

# Enrolments that another programme told us of: nothing counts until a person has taken it in.
received_batches = Table(
    "received_batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("agency_name", Text, nullable=False),
    _moment("received_at", is_now=True),
    ForeignKeyConstraint(
        ["client_id", "message_id"],
        ["exchange_messages.client_id", "exchange_messages.message_id"],
    ),
    UniqueConstraint("client_id", "message_id", name="uq_received_batches_message"),
)

received_rows = Table(
    "received_rows",
    metadata,
    Column("batch_id", Uuid, ForeignKey("received_batches.id"), primary_key=True),
    Column("row_number", Integer, primary_key=True),
    # Null when nobody with this number is known here.
    Column("household_id", Uuid),
    Column("subject_id", Uuid),
    Column("region_code", String(13)),
    Column("roster_code", Text),
    Column("value", Text),
    Column("since", Date),
    Column("state", Text, nullable=False),
    Column("fault", Text),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    _moment("decided_at"),
    Column("reason", Text),
    CheckConstraint(
        "state IN ('waiting', 'taken', 'refused', 'unknown', 'unusable')", name="state"
    ),
    CheckConstraint("value IS NULL OR value IN ('yes', 'no')", name="value"),
    CheckConstraint(
        "(state IN ('taken', 'refused')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
        name="decision_whole",
    ),
    CheckConstraint(
        "state NOT IN ('waiting', 'taken', 'refused') OR (household_id IS NOT NULL AND "
        "subject_id IS NOT NULL AND region_code IS NOT NULL AND roster_code IS NOT NULL AND "
        "value IS NOT NULL AND since IS NOT NULL)",
        name="usable_whole",
    ),
    Index(
        "ix_received_rows_waiting",
        "region_code",
        postgresql_ops={"region_code": "text_pattern_ops"},
        postgresql_where=text("state = 'waiting'"),
    ),
)

# Keys that sign our messages; the youngest signs, older ones stay published for a while.
exchange_keys = Table(
    "exchange_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_jwk", JSONB, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    _moment("created_at", nullable=False),
    _moment("published_until"),
)

"""Systems of other agencies: who may ask what, their messages, and what they are told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = (
    "exchange_clients",
    "exchange_messages",
    "exchange_subscriptions",
    "exchange_changes",
    "exchange_horizon",
    "exchange_callbacks",
    "received_batches",
    "received_rows",
    "exchange_keys",
)
KIND = "ck_oauth_clients_kind"


def upgrade() -> None:
    change_clients()
    create_tables()


def change_clients() -> None:
    op.drop_constraint(op.f(KIND), "oauth_clients")
    op.create_check_constraint(
        op.f(KIND), "oauth_clients", "kind IN ('service', 'integrator', 'registry_client')"
    )
    op.add_column(
        "oauth_clients",
        sa.Column(
            "regions",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
    )
    op.create_check_constraint(
        op.f("ck_oauth_clients_regions_of_kind"),
        "oauth_clients",
        "(kind = 'registry_client') = (cardinality(regions) > 0)",
    )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
    op.drop_constraint(op.f("ck_oauth_clients_regions_of_kind"), "oauth_clients")
    op.execute(
        "DELETE FROM oauth_client_secrets s USING oauth_clients c "
        "WHERE c.id = s.client_id AND c.kind = 'registry_client'"
    )
    op.execute("DELETE FROM oauth_clients WHERE kind = 'registry_client'")
    op.drop_column("oauth_clients", "regions")
    op.drop_constraint(op.f(KIND), "oauth_clients")
    op.create_check_constraint(op.f(KIND), "oauth_clients", "kind IN ('service', 'integrator')")


def create_tables() -> None:
    op.create_table(
        "exchange_clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("agency_name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "roster_codes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column(
            "callback_addresses",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column(
            "public_keys",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("keys_address", sa.Text(), nullable=True),
        sa.Column("needs_signature", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT needs_signature OR jsonb_array_length(public_keys) > 0",
            name=op.f("ck_exchange_clients_signature_has_key"),
        ),
        sa.CheckConstraint(
            "cardinality(regions) > 0", name=op.f("ck_exchange_clients_has_regions")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_exchange_clients")),
        sa.UniqueConstraint("sender_id", name=op.f("uq_exchange_clients_sender_id")),
    )
    op.create_table(
        "exchange_messages",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("sender_uri", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "registry IN ('social', 'ibr')", name=op.f("ck_exchange_messages_registry")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["exchange_clients.client_id"],
            name=op.f("fk_exchange_messages_client_id_exchange_clients"),
        ),
        sa.PrimaryKeyConstraint("client_id", "message_id", name=op.f("pk_exchange_messages")),
        sa.UniqueConstraint("correlation_id", name=op.f("uq_exchange_messages_correlation_id")),
    )
    op.create_index(
        "ix_exchange_messages_received_at",
        "exchange_messages",
        ["client_id", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_exchange_messages_transaction_id",
        "exchange_messages",
        ["client_id", "transaction_id"],
        unique=False,
    )
    op.create_table(
        "exchange_subscriptions",
        sa.Column("code", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("filter_type", sa.Text(), nullable=False),
        sa.Column("filter_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("filter_index", sa.LargeBinary(), nullable=False),
        sa.Column("sender_uri", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "subscribed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "registry IN ('social', 'ibr')", name=op.f("ck_exchange_subscriptions_registry")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["exchange_clients.client_id"],
            name=op.f("fk_exchange_subscriptions_client_id_exchange_clients"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_exchange_subscriptions")),
    )
    op.create_index(
        "uq_exchange_subscriptions_open",
        "exchange_subscriptions",
        ["client_id", "registry", "event", "record_type", "filter_index"],
        unique=True,
        postgresql_where=sa.text("unsubscribed_at IS NULL"),
    )
    op.create_table(
        "exchange_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_changes")),
    )
    op.create_table(
        "exchange_horizon",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("transaction_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_exchange_horizon_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_horizon")),
    )
    op.create_table(
        "exchange_callbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_fault", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (finished_at IS NULL)",
            name=op.f("ck_exchange_callbacks_finish_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dead')", name=op.f("ck_exchange_callbacks_state")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["exchange_clients.client_id"],
            name=op.f("fk_exchange_callbacks_client_id_exchange_clients"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_callbacks")),
    )
    op.create_index(
        "ix_exchange_callbacks_client_id",
        "exchange_callbacks",
        ["client_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_exchange_callbacks_waiting",
        "exchange_callbacks",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "received_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("agency_name", sa.Text(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "message_id"],
            ["exchange_messages.client_id", "exchange_messages.message_id"],
            name=op.f("fk_received_batches_client_id_exchange_messages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_batches")),
        sa.UniqueConstraint("client_id", "message_id", name="uq_received_batches_message"),
    )
    op.create_table(
        "received_rows",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.String(length=13), nullable=True),
        sa.Column("roster_code", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('taken', 'refused')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_received_rows_decision_whole"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'refused', 'unknown', 'unusable')",
            name=op.f("ck_received_rows_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('waiting', 'taken', 'refused') OR (household_id IS NOT NULL AND "
            "subject_id IS NOT NULL AND region_code IS NOT NULL AND roster_code IS NOT NULL AND "
            "value IS NOT NULL AND since IS NOT NULL)",
            name=op.f("ck_received_rows_usable_whole"),
        ),
        sa.CheckConstraint(
            "value IS NULL OR value IN ('yes', 'no')", name=op.f("ck_received_rows_value")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["received_batches.id"],
            name=op.f("fk_received_rows_batch_id_received_batches"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "row_number", name=op.f("pk_received_rows")),
    )
    op.create_index(
        "ix_received_rows_waiting",
        "received_rows",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "exchange_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_keys")),
    )

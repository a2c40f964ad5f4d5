"""The built-in accounts: people, sign-ins, OAuth clients and grants, token keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "accounts",
    "sign_in_failures",
    "sign_ins",
    "oauth_clients",
    "oauth_client_secrets",
    "oauth_grants",
    "oauth_codes",
    "oauth_refresh_tokens",
    "token_keys",
)


def moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    create_people()
    create_clients()
    create_grants()


def create_people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "regions",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("partner_id", sa.Uuid()),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        moment("password_changed_at", False),
        sa.Column("totp_secret", sa.LargeBinary()),
        moment("totp_confirmed_at"),
        sa.Column("totp_last_step", sa.BigInteger()),
        moment("created_at", False),
        sa.Column("created_by", sa.Text(), nullable=False),
        moment("disabled_at"),
        sa.CheckConstraint(
            "username ~ '^[a-z][a-z0-9.-]{2,31}$'", name=op.f("ck_accounts_username_form")
        ),
        sa.CheckConstraint(
            "(role LIKE 'partner%') = (partner_id IS NOT NULL)",
            name=op.f("ck_accounts_partner_of_role"),
        ),
        sa.CheckConstraint(
            "partner_id IS NULL OR regions = '{}'", name=op.f("ck_accounts_regions_or_partner")
        ),
        sa.CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_secret IS NOT NULL",
            name=op.f("ck_accounts_totp_has_secret"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        moment("last_failed_at", False),
        moment("blocked_until"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_last_failed_at", "sign_in_failures", ["last_failed_at"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        moment("created_at", False),
        moment("completed_at"),
        moment("active_at", False),
        moment("expires_at", False),
        moment("ended_at"),
        sa.Column(
            "with_second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_ins_secret_hash")),
    )
    op.create_index("ix_sign_ins_account_id", "sign_ins", ["account_id"])
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])


def create_clients() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("signed_out_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("partner_id", sa.Uuid()),
        moment("created_at", False),
        sa.Column("created_by", sa.Text(), nullable=False),
        moment("disabled_at"),
        sa.CheckConstraint("kind IN ('service', 'integrator')", name=op.f("ck_oauth_clients_kind")),
        sa.CheckConstraint(
            "(kind = 'integrator') = (partner_id IS NOT NULL)",
            name=op.f("ck_oauth_clients_partner_of_kind"),
        ),
        sa.CheckConstraint(
            "kind = 'service' OR redirect_uris = '{}'",
            name=op.f("ck_oauth_clients_redirects_of_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_clients")),
    )
    op.create_table(
        "oauth_client_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        moment("created_at", False),
        moment("last_used_at"),
        moment("revoked_at"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.id"],
            name=op.f("fk_oauth_client_secrets_client_id_oauth_clients"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client_secrets")),
    )
    op.create_index("ix_oauth_client_secrets_client_id", "oauth_client_secrets", ["client_id"])
    op.create_table(
        "token_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        moment("created_at", False),
        moment("signs_from", False),
        moment("published_until"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_keys")),
    )


def create_grants() -> None:
    op.create_table(
        "oauth_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text()),
        moment("created_at", False),
        moment("ended_at"),
        sa.ForeignKeyConstraint(
            ["sign_in_id"], ["sign_ins.id"], name=op.f("fk_oauth_grants_sign_in_id_sign_ins")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.id"],
            name=op.f("fk_oauth_grants_client_id_oauth_clients"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grants")),
    )
    op.create_index("ix_oauth_grants_sign_in_id", "oauth_grants", ["sign_in_id"])
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        moment("expires_at", False),
        moment("used_at"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["oauth_grants.id"], name=op.f("fk_oauth_codes_grant_id_oauth_grants")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_oauth_codes")),
    )
    op.create_index("ix_oauth_codes_grant_id", "oauth_codes", ["grant_id"])
    op.create_table(
        "oauth_refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        moment("created_at", False),
        moment("used_at"),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["oauth_grants.id"],
            name=op.f("fk_oauth_refresh_tokens_grant_id_oauth_grants"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_oauth_refresh_tokens")),
    )
    op.create_index("ix_oauth_refresh_tokens_grant_id", "oauth_refresh_tokens", ["grant_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)

"""Dated facts about families; what the other services tell of their cards and redemptions."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("facts", "roster_loads", "household_cards", "household_redemptions")
APPEND_ONLY = ("facts",)


def upgrade() -> None:
    create_facts()
    create_roster_loads()
    create_household_cards()
    create_household_redemptions()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_facts_valid_in_order")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_facts_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint(
            "import_id", "subject_id", "code", "period", name="uq_facts_once_an_import"
        ),
    )
    op.create_index("ix_facts_household_id", "facts", ["household_id", "code"], unique=False)


def create_roster_loads() -> None:
    op.create_table(
        "roster_loads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_roster_loads_valid_in_order")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_roster_loads_region_code_regions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_loads")),
        sa.UniqueConstraint("import_id", name=op.f("uq_roster_loads_import_id")),
    )
    op.create_index("ix_roster_loads_code", "roster_loads", ["code", "region_code"], unique=False)


def create_household_cards() -> None:
    op.create_table(
        "household_cards",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'issued'"), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_sequence", sa.BigInteger(), server_default=sa.text("-1"), nullable=False),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_household_cards")),
    )
    op.create_index(
        "ix_household_cards_household_id", "household_cards", ["household_id"], unique=False
    )


def create_household_redemptions() -> None:
    op.create_table(
        "household_redemptions",
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=True),
        sa.Column("benefit_name", sa.Text(), nullable=True),
        sa.Column("partner_name", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "redeemed_at IS NOT NULL OR reversed_at IS NOT NULL",
            name=op.f("ck_household_redemptions_known"),
        ),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_household_redemptions")),
    )
    op.create_index(
        "ix_household_redemptions_household_id",
        "household_redemptions",
        ["household_id", "redeemed_at"],
        unique=False,
    )

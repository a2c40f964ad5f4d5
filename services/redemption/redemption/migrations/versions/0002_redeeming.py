"""Partners, cards, entitlements, and the lines of the ledger."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_statuses",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('valid', 'suspended', 'revoked')", name=op.f("ck_card_statuses_status")
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_statuses")),
    )
    op.create_table(
        "cards",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("kid", sa.String(length=8), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_name", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_cards_expires_after_issue")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_household_id", "cards", ["household_id"], unique=False)
    op.create_table(
        "cycles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_name_id", sa.Text(), nullable=False),
        sa.Column("programme_name_en", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_cycles_closes_after_opening")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
    )
    op.create_table(
        "enrolments",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "household_id", name=op.f("pk_enrolments")),
    )
    op.create_table(
        "grants",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column(
            "granted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name=op.f("ck_grants_amounts")),
        sa.PrimaryKeyConstraint("household_id", "cycle_id", "benefit_id", name=op.f("pk_grants")),
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("outside_code", sa.Text(), server_default="", nullable=False),
        sa.Column("region_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('food_point', 'market', 'school', 'clinic', 'university', 'bank')",
            name=op.f("ck_partners_kind"),
        ),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_partners_status")),
        sa.CheckConstraint(
            "cardinality(region_codes) > 0", name=op.f("ck_partners_serves_somewhere")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
    )
    op.create_table(
        "redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("card_reading", sa.Text(), nullable=False),
        sa.Column("holder_check", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("remaining_quantity", sa.Integer(), nullable=False),
        sa.Column("remaining_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("partner_name", sa.Text(), nullable=False),
        sa.Column("redeemed_by", sa.Text(), nullable=False),
        sa.Column("redeemed_by_name", sa.Text(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "card_reading IN ('scanned', 'typed')", name=op.f("ck_redemptions_card_reading")
        ),
        sa.CheckConstraint(
            "holder_check IN ('name_compared', 'photo_compared')",
            name=op.f("ck_redemptions_holder_check"),
        ),
        sa.CheckConstraint(
            "quantity > 0 OR amount_rupiah > 0", name=op.f("ck_redemptions_takes_something")
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND amount_rupiah >= 0", name=op.f("ck_redemptions_takes")
        ),
        sa.CheckConstraint(
            "remaining_quantity >= 0 AND remaining_rupiah >= 0", name=op.f("ck_redemptions_leaves")
        ),
        sa.PrimaryKeyConstraint("id", "household_id", name=op.f("pk_redemptions")),
    )
    op.create_index(
        "ix_redemptions_household_id",
        "redemptions",
        ["household_id", "cycle_id", "benefit_id"],
        unique=False,
    )
    op.create_index(
        "ix_redemptions_partner_id", "redemptions", ["partner_id", "redeemed_at"], unique=False
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=8), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verify_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "algorithm IN ('Ed25519', 'ES256')", name=op.f("ck_signing_keys_algorithm")
        ),
        sa.PrimaryKeyConstraint("kid", "public_key", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "beneficiary_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("benefit_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("subjects", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycles.id"], name=op.f("fk_beneficiary_lists_cycle_id_cycles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beneficiary_lists")),
    )
    op.create_table(
        "benefits",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("granted_quantity", sa.Integer(), nullable=False),
        sa.Column("granted_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("unit_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("partner_kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('parcel', 'cash', 'balance', 'fee', 'service')", name=op.f("ck_benefits_kind")
        ),
        sa.CheckConstraint(
            "granted_quantity >= 0 AND granted_rupiah >= 0", name=op.f("ck_benefits_granted")
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycles.id"], name=op.f("fk_benefits_cycle_id_cycles")
        ),
        sa.PrimaryKeyConstraint("cycle_id", "id", name=op.f("pk_benefits")),
    )
    op.create_table(
        "reversals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("redeemed_by", sa.Text(), nullable=False),
        sa.Column("reversed_by", sa.Text(), nullable=False),
        sa.Column("reversed_by_name", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND amount_rupiah >= 0", name=op.f("ck_reversals_gives_back")
        ),
        sa.CheckConstraint("reversed_by <> redeemed_by", name=op.f("ck_reversals_another_person")),
        sa.ForeignKeyConstraint(
            ["redemption_id", "household_id"],
            ["redemptions.id", "redemptions.household_id"],
            name=op.f("fk_reversals_redemption_id_redemptions"),
        ),
        sa.PrimaryKeyConstraint("id", "household_id", name=op.f("pk_reversals")),
    )
    op.create_index(
        "uq_reversals_redemption_id", "reversals", ["redemption_id", "household_id"], unique=True
    )
    op.create_table(
        "entitlements",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("remaining_quantity", sa.Integer(), nullable=False),
        sa.Column("remaining_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("remaining_quantity >= 0", name=op.f("ck_entitlements_quantity_left")),
        sa.CheckConstraint("remaining_rupiah >= 0", name=op.f("ck_entitlements_rupiah_left")),
        sa.ForeignKeyConstraint(
            ["cycle_id", "benefit_id"],
            ["benefits.cycle_id", "benefits.id"],
            name=op.f("fk_entitlements_cycle_id_benefits"),
        ),
        sa.PrimaryKeyConstraint(
            "household_id", "cycle_id", "benefit_id", name=op.f("pk_entitlements")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    for table in ("grants", "redemptions", "reversals"):
        op.execute(append_only(table))


def downgrade() -> None:
    op.drop_table("entitlements")
    op.drop_index("uq_reversals_redemption_id", table_name="reversals")
    op.drop_table("reversals")
    op.drop_table("benefits")
    op.drop_table("beneficiary_lists")
    op.drop_table("signing_keys")
    op.drop_index("ix_redemptions_partner_id", table_name="redemptions")
    op.drop_index("ix_redemptions_household_id", table_name="redemptions")
    op.drop_table("redemptions")
    op.drop_table("partners")
    op.drop_table("grants")
    op.drop_table("enrolments")
    op.drop_table("cycles")
    op.drop_index("ix_cards_household_id", table_name="cards")
    op.drop_table("cards")
    op.drop_table("card_statuses")

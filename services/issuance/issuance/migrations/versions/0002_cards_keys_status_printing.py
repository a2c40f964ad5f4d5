"""Signing keys, households and their cards with history, status lists, print batches."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What a table definition cannot say: who unblocks is not who blocked.
UNBLOCK_BY_ANOTHER_FUNCTION = """
CREATE FUNCTION refuse_unblock_by_the_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM card_changes
               WHERE card_id = NEW.card_id AND version = NEW.version - 1 AND actor = NEW.actor) THEN
        RAISE EXCEPTION 'a card is unblocked by another person than the one who blocked it'
            USING ERRCODE = '23514', CONSTRAINT = 'unblocked_by_another';
    END IF;
    RETURN NEW;
END $$
"""
UNBLOCK_BY_ANOTHER_TRIGGER = """
CREATE TRIGGER unblocked_by_another BEFORE INSERT ON card_changes FOR EACH ROW
WHEN (NEW.old_state = 'blocked' AND NEW.state IN ('signed', 'printed', 'handed_over', 'active'))
EXECUTE FUNCTION refuse_unblock_by_the_same()
"""


def upgrade() -> None:
    op.create_table(
        "beneficiary_lists",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_name_id", sa.Text(), nullable=False),
        sa.Column("programme_name_en", sa.Text(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_beneficiary_lists")),
    )
    op.create_table(
        "card_changes",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("old_state", sa.Text(), nullable=True),
        sa.Column(
            "old_version",
            sa.Integer(),
            sa.Computed("nullif(version - 1, 0)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(version = 1 AND state = 'ordered' AND old_state IS NULL) OR (version > 1 "
            "AND (old_state, state) IN (('ordered', 'signed'), ('ordered', 'revoked'), "
            "('signed', 'printed'), ('signed', 'blocked'), ('signed', 'replaced'), "
            "('signed', 'revoked'), ('signed', 'expired'), ('printed', 'handed_over'), "
            "('printed', 'blocked'), ('printed', 'replaced'), ('printed', 'revoked'), "
            "('printed', 'expired'), ('handed_over', 'active'), ('handed_over', "
            "'blocked'), ('handed_over', 'replaced'), ('handed_over', 'revoked'), "
            "('handed_over', 'expired'), ('active', 'blocked'), ('active', 'replaced'), "
            "('active', 'revoked'), ('active', 'expired'), ('blocked', 'signed'), "
            "('blocked', 'printed'), ('blocked', 'handed_over'), ('blocked', 'active'), "
            "('blocked', 'replaced'), ('blocked', 'revoked'), ('blocked', 'expired')))",
            name=op.f("ck_card_changes_transition"),
        ),
        sa.CheckConstraint(
            "state IN ('ordered', 'signed', 'printed', 'handed_over', 'active', "
            "'blocked', 'replaced', 'revoked', 'expired')",
            name=op.f("ck_card_changes_state"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id", "old_version", "old_state"],
            ["card_changes.card_id", "card_changes.version", "card_changes.state"],
            name="fk_card_changes_follows",
        ),
        sa.PrimaryKeyConstraint("card_id", "version", name=op.f("pk_card_changes")),
        sa.UniqueConstraint("card_id", "version", "state", name="uq_card_changes_state"),
        sa.UniqueConstraint("change_id", name=op.f("uq_card_changes_change_id")),
    )
    op.create_table(
        "card_households",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(length=13), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("sealed_head_name", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_card_households")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_card_households_pseudonym")),
    )
    op.create_index(
        "ix_card_households_region_code", "card_households", ["region_code"], unique=False
    )
    op.create_table(
        "print_batches",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_bytes", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'printed') = (num_nonnulls(printed_at, sha256, file_bytes) = 3)",
            name=op.f("ck_print_batches_printed_has_file"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'printed', 'failed')", name=op.f("ck_print_batches_state")
        ),
        sa.CheckConstraint("cards BETWEEN 1 AND 1000", name=op.f("ck_print_batches_cards")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_print_batches")),
    )
    op.create_index(
        "ix_print_batches_queued",
        "print_batches",
        ["requested_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_print_batches_region_code",
        "print_batches",
        ["region_code", "requested_at"],
        unique=False,
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verify_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "algorithm IN ('Ed25519', 'ES256')", name=op.f("ck_signing_keys_algorithm")
        ),
        sa.CheckConstraint("kid ~ '^[0-9a-f]{8}$'", name=op.f("ck_signing_keys_kid")),
        sa.CheckConstraint(
            "state IN ('planned', 'active', 'verify_only', 'retired', 'compromised')",
            name=op.f("ck_signing_keys_state"),
        ),
        sa.CheckConstraint(
            "not_before < sign_until AND sign_until <= verify_until",
            name=op.f("ck_signing_keys_dates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("kid", name=op.f("uq_signing_keys_kid")),
    )
    op.create_table(
        "status_lists",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND size", name=op.f("ck_status_lists_used")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_lists")),
    )
    op.create_table(
        "card_grounds",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["card_households.household_id"],
            name=op.f("fk_card_grounds_household_id_card_households"),
        ),
        sa.PrimaryKeyConstraint("household_id", "list_id", name=op.f("pk_card_grounds")),
    )
    op.create_table(
        "cards",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces_card_id", sa.String(length=16), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kid", sa.Text(), nullable=True),
        sa.Column("list_number", sa.Integer(), nullable=True),
        sa.Column("status_index", sa.Integer(), nullable=True),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(num_nulls(kid, list_number, status_index, sealed_token, issued_at, "
            "expires_at) = 6 AND state IN ('ordered', 'revoked')) OR (num_nulls(kid, "
            "list_number, status_index, sealed_token, issued_at, expires_at) = 0 AND "
            "state <> 'ordered')",
            name=op.f("ck_cards_signed_whole"),
        ),
        sa.CheckConstraint("card_id ~ '^[0-9a-f]{16}$'", name=op.f("ck_cards_card_id")),
        sa.ForeignKeyConstraint(
            ["card_id", "version", "state"],
            ["card_changes.card_id", "card_changes.version", "card_changes.state"],
            name="fk_cards_last_change",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["card_households.household_id"],
            name=op.f("fk_cards_household_id_card_households"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_card_id"], ["cards.card_id"], name=op.f("fk_cards_replaces_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_cards")),
        sa.UniqueConstraint("list_number", "status_index", name="uq_cards_status_place"),
        sa.UniqueConstraint("replaces_card_id", name=op.f("uq_cards_replaces_card_id")),
    )
    op.create_index("ix_cards_household_id", "cards", ["household_id"], unique=False)
    op.create_index("ix_cards_region_state", "cards", ["region_code", "state"], unique=False)
    op.create_index(
        "ix_cards_to_sign",
        "cards",
        ["ordered_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ordered'"),
    )
    op.create_index(
        "uq_cards_one_valid_per_household",
        "cards",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('ordered', 'signed', 'printed', 'handed_over', 'active', 'blocked')"
        ),
    )
    op.create_table(
        "print_files",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["print_batches.batch_id"],
            name=op.f("fk_print_files_batch_id_print_batches"),
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_print_files")),
    )
    op.create_table(
        "published_lists",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"],
            ["status_lists.number"],
            name=op.f("fk_published_lists_list_number_status_lists"),
        ),
        sa.PrimaryKeyConstraint("list_number", name=op.f("pk_published_lists")),
    )
    op.create_table(
        "signing_key_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("old_state", sa.Text(), nullable=True),
        sa.Column("new_state", sa.Text(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.id"], name=op.f("fk_signing_key_changes_key_id_signing_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key_changes")),
    )
    op.create_table(
        "status_entries",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("index >= 0", name=op.f("ck_status_entries_index")),
        sa.CheckConstraint("status BETWEEN 0 AND 3", name=op.f("ck_status_entries_status")),
        sa.ForeignKeyConstraint(
            ["list_number"],
            ["status_lists.number"],
            name=op.f("fk_status_entries_list_number_status_lists"),
        ),
        sa.PrimaryKeyConstraint("list_number", "index", name=op.f("pk_status_entries")),
    )
    op.create_table(
        "print_batch_cards",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["print_batches.batch_id"],
            name=op.f("fk_print_batch_cards_batch_id_print_batches"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_print_batch_cards_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_print_batch_cards")),
    )
    op.create_index("ix_print_batch_cards_card_id", "print_batch_cards", ["card_id"], unique=False)
    for table in ("card_changes", "signing_key_changes"):
        op.execute(append_only(table))
    op.execute(UNBLOCK_BY_ANOTHER_FUNCTION)
    op.execute(UNBLOCK_BY_ANOTHER_TRIGGER)


def downgrade() -> None:
    for table in (
        "print_batch_cards",
        "print_files",
        "print_batches",
        "status_entries",
        "published_lists",
        "status_lists",
        "signing_key_changes",
        "signing_keys",
        "cards",
        "card_changes",
        "card_grounds",
        "card_households",
        "beneficiary_lists",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_unblock_by_the_same()")

"""PINs on their way to redemption, photos, and finding a family by its KK number."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column("card_households", sa.Column("kk_index", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_card_households_kk_index",
        "card_households",
        ["kk_index"],
        postgresql_where=sa.text("kk_index IS NOT NULL"),
    )
    op.create_index(
        "ix_cards_waiting_for_people",
        "cards",
        ["state", "region_code"],
        postgresql_where=sa.text("state IN ('at_desk', 'blocked')"),
    )
    op.create_index(
        "ix_card_changes_acts",
        "card_changes",
        ["actor", "at"],
        postgresql_where=sa.text("change_id IS NOT NULL"),
    )
    create_household_photos()
    create_card_pin_settings()
    create_card_pin_pads()


def downgrade() -> None:
    op.drop_table("card_pin_pads")
    op.drop_table("card_pin_settings")
    op.drop_table("household_photos")
    op.drop_index("ix_card_changes_acts", table_name="card_changes")
    op.drop_index("ix_cards_waiting_for_people", table_name="cards")
    op.drop_index("ix_card_households_kk_index", table_name="card_households")
    op.drop_column("card_households", "kk_index")


def create_household_photos() -> None:
    op.create_table(
        "household_photos",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_photo", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("consent_by", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_by_name", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "source IN ('camera', 'upload')", name=op.f("ck_household_photos_source")
        ),
        sa.CheckConstraint(
            "consent_by IN ('head', 'family_member', 'representative')",
            name=op.f("ck_household_photos_consent_by"),
        ),
        sa.CheckConstraint(
            "octet_length(sealed_photo) <= 12352", name=op.f("ck_household_photos_size")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["card_households.household_id"],
            name=op.f("fk_household_photos_household_id_card_households"),
        ),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household_photos")),
        sa.UniqueConstraint("photo_id", name=op.f("uq_household_photos_photo_id")),
    )


def create_card_pin_settings() -> None:
    op.create_table(
        "card_pin_settings",
        sa.Column("card_id", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("pad_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("document_seen", sa.Text(), server_default=EMPTY, nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_card_pin_settings_sequence")),
        sa.CheckConstraint(
            "sequence = 1 OR document_seen <> ''", name=op.f("ck_card_pin_settings_document")
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_card_pin_settings_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("card_id", "sequence", name=op.f("pk_card_pin_settings")),
        sa.UniqueConstraint("pad_id", name=op.f("uq_card_pin_settings_pad_id")),
    )
    op.create_index("ix_card_pin_settings_actor", "card_pin_settings", ["actor", "set_at"])
    op.execute(append_only("card_pin_settings"))


def create_card_pin_pads() -> None:
    op.create_table(
        "card_pin_pads",
        sa.Column("pad_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("document_seen", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("screen_index", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_card_pin_pads_expires")),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_card_pin_pads_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("pad_id", name=op.f("pk_card_pin_pads")),
        sa.UniqueConstraint("code_index", name=op.f("uq_card_pin_pads_code_index")),
        sa.UniqueConstraint("screen_index", name=op.f("uq_card_pin_pads_screen_index")),
    )
    op.create_index("ix_card_pin_pads_card_id", "card_pin_pads", ["card_id"])

"""Rights of single persons, rights set aside for a terminal, and how a line came about."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
LEDGER = ("grants", "redemptions")


def upgrade() -> None:
    give_benefits_a_subject()
    for table in ("entitlements", "grants", "redemptions"):
        op.add_column(table, sa.Column("subject_id", sa.Uuid(), nullable=True))
    # What was granted before was granted to families. The ledger's lines stay what they say.
    for table in LEDGER:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table in ("entitlements", "grants", "redemptions"):
        op.execute(f"UPDATE {table} SET subject_id = household_id")  # noqa: S608 - a table of ours
        op.alter_column(table, "subject_id", nullable=False)
    for table in LEDGER:
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in ("entitlements", "grants"):
        op.drop_constraint(op.f(f"pk_{table}"), table)
        key = ["household_id", "cycle_id", "benefit_id", "subject_id"]
        op.create_primary_key(op.f(f"pk_{table}"), table, key)
    set_rights_aside()
    tell_more_of_a_line()


def downgrade() -> None:
    op.drop_constraint(op.f("ck_redemptions_late_has_time"), "redemptions")
    for column in ("terminal_id", "companion_id", "lease_id", "mode", "said_at", "goods_category"):
        op.drop_column("redemptions", column)
    op.drop_constraint(op.f("ck_redemptions_holder_check"), "redemptions")
    op.create_check_constraint(
        op.f("ck_redemptions_holder_check"),
        "redemptions",
        "holder_check IN ('name_compared', 'photo_compared')",
    )
    op.drop_constraint(op.f("ck_entitlements_lease_is_whole"), "entitlements")
    op.drop_index("ix_entitlements_lease_id", table_name="entitlements")
    for column in ("lease_id", "lease_terminal_id", "leased_until"):
        op.drop_column("entitlements", column)
    for table in ("entitlements", "grants"):
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.create_primary_key(
            op.f(f"pk_{table}"), table, ["household_id", "cycle_id", "benefit_id"]
        )
    for table in ("entitlements", "grants", "redemptions"):
        op.drop_column(table, "subject_id")
    for column in ("subject", "goods_categories"):
        op.drop_column("benefits", column)


def give_benefits_a_subject() -> None:
    op.add_column(
        "benefits",
        sa.Column("subject", sa.Text(), nullable=False, server_default=sa.text("'household'")),
    )
    op.add_column(
        "benefits",
        sa.Column(
            "goods_categories",
            sa.ARRAY(sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::text[]"),
        ),
    )
    op.create_check_constraint(
        op.f("ck_benefits_subject"), "benefits", "subject IN ('household', 'person')"
    )


def set_rights_aside() -> None:
    op.add_column("entitlements", sa.Column("lease_id", sa.Uuid(), nullable=True))
    op.add_column("entitlements", sa.Column("lease_terminal_id", sa.Uuid(), nullable=True))
    op.add_column(
        "entitlements", sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_entitlements_lease_is_whole"),
        "entitlements",
        "num_nulls(lease_id, lease_terminal_id, leased_until) IN (0, 3)",
    )
    op.create_index(
        "ix_entitlements_lease_id",
        "entitlements",
        ["lease_id"],
        postgresql_where=sa.text("lease_id IS NOT NULL"),
    )


def tell_more_of_a_line() -> None:
    op.add_column("redemptions", sa.Column("terminal_id", sa.Uuid(), nullable=True))
    op.add_column("redemptions", sa.Column("companion_id", sa.Uuid(), nullable=True))
    op.add_column("redemptions", sa.Column("lease_id", sa.Uuid(), nullable=True))
    op.add_column(
        "redemptions",
        sa.Column("mode", sa.Text(), nullable=False, server_default=sa.text("'online'")),
    )
    op.add_column("redemptions", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("redemptions", sa.Column("goods_category", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_redemptions_late_has_time"),
        "redemptions",
        "mode IN ('online', 'offline') AND (mode = 'offline') = (said_at IS NOT NULL)",
    )
    op.drop_constraint(op.f("ck_redemptions_holder_check"), "redemptions")
    op.create_check_constraint(
        op.f("ck_redemptions_holder_check"),
        "redemptions",
        "holder_check IN ('name_compared', 'photo_compared', 'pin_right')",
    )

"""Distribution days, and what the cycle's page counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_cycle_counts()
    create_distributions()
    create_what_is_noted_of_a_day()


def downgrade() -> None:
    for table in (
        "distribution_signatures",
        "distribution_stock",
        "distribution_shares",
        "distributions",
        "cycle_counts",
        "cycle_days",
        "cycle_villages",
    ):
        op.drop_table(table)


def create_cycle_counts() -> None:
    op.create_table(
        "cycle_villages",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("entitled_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("collected_rupiah", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "collected + begun <= entitled", name=op.f("ck_cycle_villages_parts_of_a_whole")
        ),
        sa.PrimaryKeyConstraint(
            "cycle_id", "benefit_id", "region_code", name=op.f("pk_cycle_villages")
        ),
    )
    op.create_table(
        "cycle_days",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "cycle_id", "benefit_id", "region_code", "day", name=op.f("pk_cycle_days")
        ),
    )
    op.create_table(
        "cycle_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_cycle_counts_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_counts")),
    )


def create_distributions() -> None:
    op.create_table(
        "distributions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("region_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("planned_by_name", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("report_hash", sa.String(64), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'cancelled')",
            name=op.f("ck_distributions_state"),
        ),
        sa.CheckConstraint(
            "cardinality(region_codes) > 0", name=op.f("ck_distributions_somewhere")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_distributions_closed_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)",
            name=op.f("ck_distributions_why_cancelled"),
        ),
        sa.CheckConstraint(
            "(report IS NULL) = (report_hash IS NULL)",
            name=op.f("ck_distributions_report_has_hash"),
        ),
        sa.CheckConstraint(
            "state <> 'closed' OR report IS NOT NULL",
            name=op.f("ck_distributions_closed_has_report"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_distributions_partner_id_partners")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributions")),
    )
    op.create_index("ix_distributions_held_on", "distributions", ["held_on"])
    op.create_table(
        "distribution_shares",
        sa.Column("distribution_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("region_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("card_ends", sa.Text(), nullable=False),
        _of_a_day("distribution_shares"),
        sa.PrimaryKeyConstraint(
            "distribution_id", "terminal_id", name=op.f("pk_distribution_shares")
        ),
    )
    op.create_index("ix_distribution_shares_terminal_id", "distribution_shares", ["terminal_id"])


def create_what_is_noted_of_a_day() -> None:
    op.create_table(
        "distribution_stock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("distribution_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'returned', 'damaged')", name=op.f("ck_distribution_stock_kind")
        ),
        sa.CheckConstraint(
            "quantity > 0 OR (quantity < 0 AND note <> '')",
            name=op.f("ck_distribution_stock_slip_has_reason"),
        ),
        _of_a_day("distribution_stock"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution_stock")),
    )
    op.create_index(
        "ix_distribution_stock_distribution_id", "distribution_stock", ["distribution_id"]
    )
    op.create_table(
        "distribution_signatures",
        sa.Column("distribution_id", sa.Uuid(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("report_hash", sa.String(64), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_by_name", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "signer IN ('partner', 'witness')", name=op.f("ck_distribution_signatures_signer")
        ),
        _of_a_day("distribution_signatures"),
        sa.PrimaryKeyConstraint(
            "distribution_id", "signer", name=op.f("pk_distribution_signatures")
        ),
    )
    op.create_index(
        "uq_distribution_signatures_person",
        "distribution_signatures",
        ["distribution_id", "signed_by"],
        unique=True,
    )
    for table in ("distribution_stock", "distribution_signatures"):
        op.execute(append_only(table))


def _of_a_day(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["distribution_id"],
        ["distributions.id"],
        name=op.f(f"fk_{table}_distribution_id_distributions"),
    )

"""Ceilings of cycles, rights of persons, changes by people, ends of cycles."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
LINES = ("adjustments", "expiries", "payouts", "payout_returns")
# Every line of the ledger that no counter wrote, with its sign.
OTHER_MOVES = """
CREATE VIEW other_moves AS
SELECT household_id, cycle_id, benefit_id, subject_id, id, 'adjustment' AS kind,
       quantity, amount_rupiah, adjusted_at AS at FROM adjustments
UNION ALL
SELECT household_id, cycle_id, benefit_id, subject_id, id, 'expiry',
       -quantity, -amount_rupiah, expired_at FROM expiries
UNION ALL
SELECT household_id, cycle_id, benefit_id, subject_id, id, 'payout',
       -quantity, -amount_rupiah, ordered_at FROM payouts
UNION ALL
SELECT household_id, cycle_id, benefit_id, subject_id, payout_id, 'payout_return',
       quantity, amount_rupiah, returned_at FROM payout_returns
"""
# What was opened before there were ceilings counts too; nobody has said yet how much it may be.
OPENED_BEFORE = """
INSERT INTO budgets (cycle_id, opened_rupiah)
SELECT c.id, coalesce((SELECT sum(g.amount_rupiah) FROM grants g WHERE g.cycle_id = c.id), 0)
FROM cycles c
"""


def upgrade() -> None:
    op.create_table(
        "adjustment_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused')", name=op.f("ck_adjustment_proposals_outcome")
        ),
        sa.CheckConstraint(
            "decided_by <> proposed_by", name=op.f("ck_adjustment_proposals_two_people")
        ),
        sa.CheckConstraint(
            "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
            name=op.f("ck_adjustment_proposals_decision_whole"),
        ),
        sa.CheckConstraint(
            "quantity <> 0 OR amount_rupiah <> 0",
            name=op.f("ck_adjustment_proposals_changes_something"),
        ),
        sa.CheckConstraint(
            "sign(quantity) * sign(amount_rupiah) >= 0",
            name=op.f("ck_adjustment_proposals_one_direction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment_proposals")),
    )
    op.create_index(
        "ix_adjustment_proposals_household_id",
        "adjustment_proposals",
        ["household_id"],
        unique=False,
    )
    op.create_index(
        "ix_adjustment_proposals_open",
        "adjustment_proposals",
        ["proposed_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_by_name", sa.Text(), nullable=False),
        sa.Column(
            "adjusted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_adjustments_two_people")),
        sa.CheckConstraint(
            "quantity <> 0 OR amount_rupiah <> 0", name=op.f("ck_adjustments_changes_something")
        ),
        sa.CheckConstraint(
            "sign(quantity) * sign(amount_rupiah) >= 0", name=op.f("ck_adjustments_one_direction")
        ),
        sa.PrimaryKeyConstraint("id", "household_id", name=op.f("pk_adjustments")),
    )
    op.create_index(
        "ix_adjustments_right",
        "adjustments",
        ["household_id", "cycle_id", "benefit_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "budget_raises",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("ceiling_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused')", name=op.f("ck_budget_raises_outcome")
        ),
        sa.CheckConstraint("ceiling_rupiah > 0", name=op.f("ck_budget_raises_ceiling")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_budget_raises_two_people")),
        sa.CheckConstraint(
            "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
            name=op.f("ck_budget_raises_decision_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_raises")),
    )
    op.create_index(
        "uq_budget_raises_open",
        "budget_raises",
        ["cycle_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "budgets",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("said_rupiah", sa.BigInteger(), nullable=True),
        sa.Column("ceiling_rupiah", sa.BigInteger(), nullable=True),
        sa.Column("opened_rupiah", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "ceiling_rupiah IS NULL OR opened_rupiah <= ceiling_rupiah",
            name=op.f("ck_budgets_ceiling"),
        ),
        sa.CheckConstraint("opened_rupiah >= 0", name=op.f("ck_budgets_opened")),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_budgets")),
    )
    op.create_table(
        "enrolled_persons",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "household_id", "list_id", "person_id", name=op.f("pk_enrolled_persons")
        ),
    )
    op.create_table(
        "expiries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column(
            "expired_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "quantity > 0 OR amount_rupiah > 0", name=op.f("ck_expiries_takes_something")
        ),
        sa.CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name=op.f("ck_expiries_takes")),
        sa.PrimaryKeyConstraint("id", "household_id", name=op.f("pk_expiries")),
    )
    op.create_index(
        "ix_expiries_right",
        "expiries",
        ["household_id", "cycle_id", "benefit_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "held_openings",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("needed_rupiah", sa.BigInteger(), nullable=False),
        sa.Column(
            "held_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("opened_by_name", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nulls(opened_by, opened_by_name, opened_at) IN (0, 3)",
            name=op.f("ck_held_openings_opening"),
        ),
        sa.PrimaryKeyConstraint("list_id", "batch", name=op.f("pk_held_openings")),
    )
    op.create_index("ix_held_openings_cycle_id", "held_openings", ["cycle_id"], unique=False)
    op.create_table(
        "offline_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("per_act_rupiah_max", sa.BigInteger(), nullable=False),
        sa.Column("per_act_quantity_max", sa.Integer(), nullable=False),
        sa.Column("acts_per_terminal_max", sa.Integer(), nullable=False),
        sa.Column("lease_hours_max", sa.Integer(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'approved') IS TRUE = (version IS NOT NULL) AND "
            "(version IS NULL) = (valid_from IS NULL)",
            name=op.f("ck_offline_policies_approved_has_version"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused')", name=op.f("ck_offline_policies_outcome")
        ),
        sa.CheckConstraint(
            "decided_by <> proposed_by", name=op.f("ck_offline_policies_two_people")
        ),
        sa.CheckConstraint(
            "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
            name=op.f("ck_offline_policies_decision_whole"),
        ),
        sa.CheckConstraint(
            "per_act_rupiah_max >= 0 AND per_act_quantity_max >= 0 AND acts_per_terminal_max >= 0 "
            "AND lease_hours_max BETWEEN 1 AND 168",
            name=op.f("ck_offline_policies_limits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_policies")),
    )
    op.create_index(
        "uq_offline_policies_open",
        "offline_policies",
        ["cycle_id", "benefit_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "uq_offline_policies_version",
        "offline_policies",
        ["cycle_id", "benefit_id", "version"],
        unique=True,
        postgresql_where=sa.text("version IS NOT NULL"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column(
            "ordered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity >= 0 AND amount_rupiah > 0", name=op.f("ck_payouts_takes")),
        sa.PrimaryKeyConstraint("id", "household_id", name=op.f("pk_payouts")),
    )
    op.create_index(
        "ix_payouts_right",
        "payouts",
        ["household_id", "cycle_id", "benefit_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "payout_returns",
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "returned_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND amount_rupiah > 0", name=op.f("ck_payout_returns_gives_back")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id", "household_id"],
            ["payouts.id", "payouts.household_id"],
            name=op.f("fk_payout_returns_payout_id_payouts"),
        ),
        sa.PrimaryKeyConstraint("payout_id", "household_id", name=op.f("pk_payout_returns")),
    )
    op.create_index(
        "ix_payout_returns_right",
        "payout_returns",
        ["household_id", "cycle_id", "benefit_id", "subject_id"],
        unique=False,
    )
    op.add_column(
        "enrolments", sa.Column("batch", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    for table in LINES:
        op.execute(append_only(table))
    op.execute(OTHER_MOVES)
    op.execute(OPENED_BEFORE)


def downgrade() -> None:
    op.execute("DROP VIEW other_moves")
    op.drop_column("enrolments", "batch")
    op.drop_index("ix_payout_returns_right", table_name="payout_returns")
    op.drop_table("payout_returns")
    op.drop_index("ix_payouts_right", table_name="payouts")
    op.drop_table("payouts")
    op.drop_index(
        "uq_offline_policies_version",
        table_name="offline_policies",
        postgresql_where=sa.text("version IS NOT NULL"),
    )
    op.drop_index(
        "uq_offline_policies_open",
        table_name="offline_policies",
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_table("offline_policies")
    op.drop_index("ix_held_openings_cycle_id", table_name="held_openings")
    op.drop_table("held_openings")
    op.drop_index("ix_expiries_right", table_name="expiries")
    op.drop_table("expiries")
    op.drop_table("enrolled_persons")
    op.drop_table("budgets")
    op.drop_index(
        "uq_budget_raises_open",
        table_name="budget_raises",
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_table("budget_raises")
    op.drop_index("ix_adjustments_right", table_name="adjustments")
    op.drop_table("adjustments")
    op.drop_index(
        "ix_adjustment_proposals_open",
        table_name="adjustment_proposals",
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_index("ix_adjustment_proposals_household_id", table_name="adjustment_proposals")
    op.drop_table("adjustment_proposals")

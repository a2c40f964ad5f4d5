"""What the counter needs: the ledger checked at each change, and wrong PINs with their place."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A balance may only be changed to what its lines say: lines first, or in the same statement.
# Rows whose balance stays as it is (set aside, suspended) cost one comparison.
FOLLOWS = """
CREATE FUNCTION balances_follow_the_ledger() RETURNS trigger LANGUAGE plpgsql
-- A plan made while the tables were small would read all of them for every batch since.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT n.household_id, n.cycle_id, n.benefit_id, n.subject_id, n.remaining_quantity,
           n.remaining_rupiah, said.quantity, said.amount_rupiah
    INTO wrong
    FROM rights_after n
    LEFT JOIN rights_before o ON (o.household_id, o.cycle_id, o.benefit_id, o.subject_id)
                               = (n.household_id, n.cycle_id, n.benefit_id, n.subject_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(line.quantity), 0) AS quantity,
               coalesce(sum(line.amount_rupiah), 0) AS amount_rupiah
        FROM (
            SELECT g.quantity, g.amount_rupiah FROM grants g
            WHERE (g.household_id, g.cycle_id, g.benefit_id, g.subject_id)
                = (n.household_id, n.cycle_id, n.benefit_id, n.subject_id)
            UNION ALL
            SELECT coalesce(v.quantity, 0) - r.quantity,
                   coalesce(v.amount_rupiah, 0) - r.amount_rupiah
            FROM redemptions r LEFT JOIN reversals v
                ON (v.redemption_id, v.household_id) = (r.id, r.household_id)
            WHERE (r.household_id, r.cycle_id, r.benefit_id, r.subject_id)
                = (n.household_id, n.cycle_id, n.benefit_id, n.subject_id)
            UNION ALL
            SELECT m.quantity, m.amount_rupiah FROM other_moves m
            WHERE (m.household_id, m.cycle_id, m.benefit_id, m.subject_id)
                = (n.household_id, n.cycle_id, n.benefit_id, n.subject_id)
        ) line
    ) said
    WHERE (n.remaining_quantity, n.remaining_rupiah)
          IS DISTINCT FROM (o.remaining_quantity, o.remaining_rupiah)
      AND (n.remaining_quantity, n.remaining_rupiah)
          IS DISTINCT FROM (said.quantity, said.amount_rupiah)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a balance differs from the lines of its ledger'
            USING ERRCODE = '23514', TABLE = 'entitlements',
                  CONSTRAINT = 'entitlements_follow_the_ledger',
                  DETAIL = format(
                      'household %s cycle %s benefit %s subject %s: left %s and Rp%s, '
                      'the lines say %s and Rp%s', wrong.household_id, wrong.cycle_id,
                      wrong.benefit_id, wrong.subject_id, wrong.remaining_quantity,
                      wrong.remaining_rupiah, wrong.quantity, wrong.amount_rupiah);
    END IF;
    RETURN NULL;
END $$
"""
WATCHES = """
CREATE TRIGGER entitlements_follow_the_ledger AFTER UPDATE ON entitlements
REFERENCING OLD TABLE AS rights_before NEW TABLE AS rights_after
FOR EACH STATEMENT EXECUTE FUNCTION balances_follow_the_ledger()
"""


def upgrade() -> None:
    op.execute(FOLLOWS)
    op.execute(WATCHES)
    create_pin_failures()


def downgrade() -> None:
    op.drop_index("ix_pin_failures_at", table_name="pin_failures")
    op.drop_table("pin_failures")
    op.execute("DROP TRIGGER entitlements_follow_the_ledger ON entitlements")
    op.execute("DROP FUNCTION balances_follow_the_ledger()")


def create_pin_failures() -> None:
    op.create_table(
        "pin_failures",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("pin_index", sa.LargeBinary(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("attempts_left >= 0", name=op.f("ck_pin_failures_attempts_left")),
        sa.PrimaryKeyConstraint("act_id", "card_id", "pin_index", name=op.f("pk_pin_failures")),
    )
    op.create_index("ix_pin_failures_at", "pin_failures", ["failed_at"], unique=False)
    op.execute(append_only("pin_failures"))

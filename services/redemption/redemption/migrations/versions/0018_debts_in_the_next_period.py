"""A partner's debt is a line of the very next period, however late it was approved."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def partner_lines(carried_at: str) -> str:
    """Return the view of before, with this as the moment of a carried debt."""
    return f"""
CREATE OR REPLACE VIEW partner_lines AS
SELECT partner_id, 'redemption'::text AS kind, id AS line_id, id AS act_id, redeemed_at AS at,
       cycle_id, benefit_id, quantity, amount_rupiah FROM redemptions
UNION ALL
SELECT r.partner_id, 'reversal', v.id, r.id, v.reversed_at, r.cycle_id, r.benefit_id,
       -v.quantity, -v.amount_rupiah
FROM reversals v JOIN redemptions r ON (r.id, r.household_id) = (v.redemption_id, v.household_id)
UNION ALL
SELECT partner_id, 'conflict', id, act_id, received_at, cycle_id, benefit_id, quantity,
       amount_rupiah FROM conflicts WHERE kind = 'redemption' AND is_owed
UNION ALL
SELECT c.partner_id, 'judgement', j.id, c.act_id, j.judged_at, c.cycle_id, c.benefit_id,
       CASE WHEN c.is_owed THEN -c.quantity ELSE c.quantity END,
       CASE WHEN c.is_owed THEN -c.amount_rupiah ELSE c.amount_rupiah END
FROM conflict_judgements j JOIN conflicts c ON c.id = j.conflict_id
WHERE c.kind = 'redemption' AND c.is_owed <> (j.outcome <> 'not_owed')
UNION ALL
SELECT partner_id, 'carried', id, NULL, {carried_at}, NULL, NULL, 0, owed_rupiah
FROM settlements WHERE state = 'approved' AND owed_rupiah < 0
"""  # noqa: S608 - constants of this file


def move_carried(moment: str) -> None:
    """Give the lines that stand the same moment as the view, past the trigger that keeps them."""
    op.execute("ALTER TABLE settlement_lines DISABLE TRIGGER settlement_lines_stay")
    op.execute(
        f"UPDATE settlement_lines l SET at = s.{moment} FROM settlements s "  # noqa: S608
        "WHERE l.kind = 'carried' AND s.id = l.line_id"
    )
    op.execute("ALTER TABLE settlement_lines ENABLE TRIGGER settlement_lines_stay")


def upgrade() -> None:
    op.execute(partner_lines("until"))
    move_carried("until")


def downgrade() -> None:
    op.execute(partner_lines("approved_at"))
    move_carried("approved_at")

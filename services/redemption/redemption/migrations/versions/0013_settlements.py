"""What partners are owed, agreed, approved and paid."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
# Whatever the code does: a settlement is the sum of its lines when it is approved, and its lines
# and sums stay as they were drawn up. Lines of one that is withdrawn are free for another.
STAYS = (
    """
CREATE FUNCTION settlement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found record;
BEGIN
    IF (NEW.id, NEW.partner_id, NEW.first_on, NEW.last_on, NEW.until, NEW.lines, NEW.given_rupiah,
        NEW.deducted_rupiah, NEW.carried_rupiah, NEW.owed_rupiah, NEW.drawn_up_by)
       IS DISTINCT FROM
       (OLD.id, OLD.partner_id, OLD.first_on, OLD.last_on, OLD.until, OLD.lines, OLD.given_rupiah,
        OLD.deducted_rupiah, OLD.carried_rupiah, OLD.owed_rupiah, OLD.drawn_up_by)
       OR OLD.state IN ('approved', 'withdrawn') THEN
        RAISE EXCEPTION 'settlement stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    IF NEW.state = 'approved' THEN
        SELECT count(*) AS lines, coalesce(sum(amount_rupiah), 0) AS owed INTO found
        FROM settlement_lines WHERE settlement_id = NEW.id AND NOT is_withdrawn;
        IF (found.lines, found.owed)
           IS DISTINCT FROM (NEW.lines::bigint, NEW.owed_rupiah::numeric) THEN
            RAISE EXCEPTION 'settlement does not add up' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
    """,
    """
CREATE FUNCTION settlement_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.is_withdrawn
       OR (NEW.settlement_id, NEW.kind, NEW.line_id, NEW.act_id, NEW.at, NEW.cycle_id,
           NEW.benefit_id, NEW.quantity, NEW.amount_rupiah)
          IS DISTINCT FROM
          (OLD.settlement_id, OLD.kind, OLD.line_id, OLD.act_id, OLD.at, OLD.cycle_id,
           OLD.benefit_id, OLD.quantity, OLD.amount_rupiah) THEN
        RAISE EXCEPTION 'settlement line stays as it was drawn up' USING ERRCODE = '2F002';
    END IF;
    RETURN NEW;
END $$;
    """,
)

# All that a partner is owed or owes, line by line, whether or not it is in a settlement. A line
# that was not accepted counts while its terminal kept to the rule; a judgement may turn that.
# Money that a bank sent by our order is no line: the bank is owed nothing for it.
PARTNER_LINES = """
CREATE VIEW partner_lines AS
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
SELECT partner_id, 'carried', id, NULL, approved_at, NULL, NULL, 0, owed_rupiah
FROM settlements WHERE state = 'approved' AND owed_rupiah < 0
"""


def upgrade() -> None:
    create_settlements()
    create_settlement_lines()
    create_settlement_acts()
    op.execute(PARTNER_LINES)
    op.execute(append_only("settlement_acts"))
    for function in STAYS:
        op.execute(function)
    op.execute(
        "CREATE TRIGGER settlements_stay BEFORE UPDATE ON settlements "
        "FOR EACH ROW EXECUTE FUNCTION settlement_stays()"
    )
    op.execute(
        "CREATE TRIGGER settlement_lines_stay BEFORE UPDATE OR DELETE ON settlement_lines "
        "FOR EACH ROW EXECUTE FUNCTION settlement_line_stays()"
    )


def downgrade() -> None:
    op.execute("DROP VIEW partner_lines")
    op.drop_table("settlement_acts")
    op.drop_table("settlement_lines")
    op.drop_table("settlements")
    for function in ("settlement_stays", "settlement_line_stays"):
        op.execute(f"DROP FUNCTION {function}()")


def create_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("partner_name", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("given_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("deducted_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("carried_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("owed_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("drawn_up_by", sa.Text(), nullable=False),
        sa.Column("drawn_up_by_name", sa.Text(), nullable=False),
        sa.Column("drawn_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_for", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nulls(approved_by, approved_at) IN (0, 2) AND (state <> 'approved' OR "
            "(approved_at IS NOT NULL AND agreed_at IS NOT NULL))",
            name=op.f("ck_settlements_agreed_before_approved"),
        ),
        sa.CheckConstraint(
            "state IN ('drawn_up', 'sent', 'disputed', 'agreed', 'approved', 'withdrawn')",
            name=op.f("ck_settlements_state"),
        ),
        sa.CheckConstraint("agreed_for = partner_id", name=op.f("ck_settlements_own_people_agree")),
        sa.CheckConstraint("approved_by <> drawn_up_by", name=op.f("ck_settlements_two_people")),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_settlements_period")),
        sa.CheckConstraint(
            "num_nulls(agreed_by, agreed_at, agreed_for) IN (0, 3)",
            name=op.f("ck_settlements_agreement_whole"),
        ),
        sa.CheckConstraint(
            "owed_rupiah = given_rupiah - deducted_rupiah + carried_rupiah AND given_rupiah >= "
            "0 AND deducted_rupiah >= 0 AND carried_rupiah <= 0 AND lines > 0",
            name=op.f("ck_settlements_adds_up"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
    )
    op.create_index("ix_settlements_drawn_up_at", "settlements", ["drawn_up_at"], unique=False)
    op.create_index(
        "uq_settlements_period",
        "settlements",
        ["partner_id", "last_on"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )


def create_settlement_lines() -> None:
    op.create_table(
        "settlement_lines",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("benefit_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('redemption', 'conflict') THEN amount_rupiah >= 0 WHEN kind IN "
            "('reversal', 'carried') THEN amount_rupiah <= 0 ELSE true END",
            name=op.f("ck_settlement_lines_sign"),
        ),
        sa.CheckConstraint(
            "kind IN ('redemption', 'reversal', 'conflict', 'judgement', 'carried')",
            name=op.f("ck_settlement_lines_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
            name=op.f("fk_settlement_lines_settlement_id_settlements"),
        ),
        sa.PrimaryKeyConstraint(
            "settlement_id", "kind", "line_id", name=op.f("pk_settlement_lines")
        ),
    )
    op.create_index(
        "uq_settlement_lines_line_id",
        "settlement_lines",
        ["line_id", "kind"],
        unique=True,
        postgresql_where=sa.text("NOT is_withdrawn"),
    )


def create_settlement_acts() -> None:
    op.create_table(
        "settlement_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('drawn_up', 'sent', 'agreed', 'disputed', 'answered', 'approved', "
            "'withdrawn')",
            name=op.f("ck_settlement_acts_act"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlements.id"],
            name=op.f("fk_settlement_acts_settlement_id_settlements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_acts")),
    )
    op.create_index(
        "ix_settlement_acts_settlement_id", "settlement_acts", ["settlement_id", "at"], unique=False
    )
    # ### end Alembic commands ###

"""What a partner is owed for a time, line by line, and what people did about it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from redemption.payments.rules import one_of
from redemption.schema import metadata
from redemption.settlement.act_rules import ACTS, LINE_KINDS, STATES

settlements = Table(
    "settlements",
    metadata,
    # Made by who draws it up.
    Column("id", Uuid, primary_key=True),
    Column("partner_id", Uuid, nullable=False),
    # As it was called then.
    Column("partner_name", Text, nullable=False),
    # The days (WIB) from the one after the last settlement's to this one's last.
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("given_rupiah", BigInteger, nullable=False),
    Column("deducted_rupiah", BigInteger, nullable=False),
    # What the partner owed at the end of an earlier one: zero or below.
    Column("carried_rupiah", BigInteger, nullable=False),
    Column("owed_rupiah", BigInteger, nullable=False),
    Column("drawn_up_by", Text, nullable=False),
    Column("drawn_up_by_name", Text, nullable=False),
    Column("drawn_up_at", DateTime(timezone=True), nullable=False),
    Column("agreed_by", Text),
    Column("agreed_at", DateTime(timezone=True)),
    # The partner of whoever agreed.
    Column("agreed_for", Uuid),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    CheckConstraint(one_of("state", STATES), name="state"),
    CheckConstraint("last_on >= first_on", name="period"),
    CheckConstraint(
        "owed_rupiah = given_rupiah - deducted_rupiah + carried_rupiah AND given_rupiah >= 0 "
        "AND deducted_rupiah >= 0 AND carried_rupiah <= 0 AND lines > 0",
        name="adds_up",
    ),
    CheckConstraint("approved_by <> drawn_up_by", name="two_people"),
    CheckConstraint("agreed_for = partner_id", name="own_people_agree"),
    CheckConstraint(
        "num_nulls(agreed_by, agreed_at, agreed_for) IN (0, 3)", name="agreement_whole"
    ),
    CheckConstraint(
        "num_nulls(approved_by, approved_at) IN (0, 2) AND "
        "(state <> 'approved' OR (approved_at IS NOT NULL AND agreed_at IS NOT NULL))",
        name="agreed_before_approved",
    ),
    Index(
        "uq_settlements_period",
        "partner_id",
        "last_on",
        unique=True,
        postgresql_where=text("state <> 'withdrawn'"),
    ),
    Index("ix_settlements_drawn_up_at", "drawn_up_at"),
)

# A line of the ledger, in at most one settlement that stands.
settlement_lines = Table(
    "settlement_lines",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # The id of the redemption, reversal, conflict, judgement, or earlier settlement.
    Column("line_id", Uuid, nullable=False),
    # The act at the counter to which it belongs, whose receipt people have; of a carried debt null.
    Column("act_id", Uuid),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("cycle_id", Uuid),
    Column("benefit_id", Uuid),
    Column("quantity", Integer, nullable=False),
    # Owed where positive, deducted where negative.
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("settlement_id", "kind", "line_id"),
    CheckConstraint(one_of("kind", LINE_KINDS), name="kind"),
    CheckConstraint(
        "CASE WHEN kind IN ('redemption', 'conflict') THEN amount_rupiah >= 0 "
        "WHEN kind IN ('reversal', 'carried') THEN amount_rupiah <= 0 ELSE true END",
        name="sign",
    ),
    Index(
        "uq_settlement_lines_line_id",
        "line_id",
        "kind",
        unique=True,
        postgresql_where=text("NOT is_withdrawn"),
    ),
)

# Who did what. Append-only.
settlement_acts = Table(
    "settlement_acts",
    metadata,
    # Made with the form: the same form sent twice counts once.
    Column("id", Uuid, primary_key=True),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint(one_of("act", ACTS), name="act"),
    Index("ix_settlement_acts_settlement_id", "settlement_id", "at"),
)

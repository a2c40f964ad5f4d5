"""Distribution days: what was planned, who serves whom, what came, and the signed report."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from redemption.schema import metadata

distributions = Table(
    "distributions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("held_on", Date, nullable=False),
    Column("region_codes", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'planned'")),
    Column("planned_by", Text, nullable=False),
    Column("planned_by_name", Text, nullable=False),
    Column("planned_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("cancel_reason", Text),
    # Frozen by the first signature: what both sign.
    Column("report", JSONB),
    Column("report_hash", String(64)),
    CheckConstraint("state IN ('planned', 'open', 'closed', 'cancelled')", name="state"),
    CheckConstraint("cardinality(region_codes) > 0", name="somewhere"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
    CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="why_cancelled"),
    CheckConstraint("(report IS NULL) = (report_hash IS NULL)", name="report_has_hash"),
    CheckConstraint("state <> 'closed' OR report IS NOT NULL", name="closed_has_report"),
    Index("ix_distributions_held_on", "held_on"),
)

distribution_shares = Table(
    "distribution_shares",
    metadata,
    Column("distribution_id", Uuid, ForeignKey("distributions.id"), nullable=False),
    Column("terminal_id", Uuid, nullable=False),
    Column("region_codes", ARRAY(Text), nullable=False),
    Column("card_ends", Text, nullable=False),
    PrimaryKeyConstraint("distribution_id", "terminal_id"),
    Index("ix_distribution_shares_terminal_id", "terminal_id"),
)

# What was carried to and from the place. Append-only, by a trigger: a slip is put right by a line
# with the opposite quantity and its reason.
distribution_stock = Table(
    "distribution_stock",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("distribution_id", Uuid, ForeignKey("distributions.id"), nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_by_name", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('received', 'returned', 'damaged')", name="kind"),
    CheckConstraint("quantity > 0 OR (quantity < 0 AND note <> '')", name="slip_has_reason"),
    Index("ix_distribution_stock_distribution_id", "distribution_id"),
)

# Append-only, by a trigger. Nobody signs in both places.
distribution_signatures = Table(
    "distribution_signatures",
    metadata,
    Column("distribution_id", Uuid, ForeignKey("distributions.id"), nullable=False),
    Column("signer", Text, nullable=False),
    Column("report_hash", String(64), nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("signed_by_name", Text, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("distribution_id", "signer"),
    CheckConstraint("signer IN ('partner', 'witness')", name="signer"),
    Index("uq_distribution_signatures_person", "distribution_id", "signed_by", unique=True),
)

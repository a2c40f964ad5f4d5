"""What may be given without network to a family that no lease set aside, per cycle and benefit."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from redemption.schema import metadata

# A version holds from `valid_from` until a newer one does. Nothing in it changes once decided.
offline_policies = Table(
    "offline_policies",
    metadata,
    Column("id", Uuid, primary_key=True),
    # No foreign key: a rule may be written before the first list of its cycle is heard.
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # Counts the decided versions of this cycle and benefit; empty while it is proposed.
    Column("version", Integer),
    Column("is_allowed", Boolean, nullable=False),
    Column("per_act_rupiah_max", BigInteger, nullable=False),
    Column("per_act_quantity_max", Integer, nullable=False),
    # Acts outside a lease that one terminal may note between two syncs.
    Column("acts_per_terminal_max", Integer, nullable=False),
    Column("lease_hours_max", Integer, nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("outcome", Text),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("valid_from", DateTime(timezone=True)),
    CheckConstraint("outcome IN ('approved', 'refused')", name="outcome"),
    CheckConstraint("decided_by <> proposed_by", name="two_people"),
    CheckConstraint(
        "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
        name="decision_whole",
    ),
    CheckConstraint(
        "(outcome = 'approved') IS TRUE = (version IS NOT NULL) AND "
        "(version IS NULL) = (valid_from IS NULL)",
        name="approved_has_version",
    ),
    CheckConstraint(
        "per_act_rupiah_max >= 0 AND per_act_quantity_max >= 0 AND acts_per_terminal_max >= 0 "
        "AND lease_hours_max BETWEEN 1 AND 168",
        name="limits",
    ),
    Index(
        "uq_offline_policies_version",
        "cycle_id",
        "benefit_id",
        "version",
        unique=True,
        postgresql_where=text("version IS NOT NULL"),
    ),
    # One proposal at a time.
    Index(
        "uq_offline_policies_open",
        "cycle_id",
        "benefit_id",
        unique=True,
        postgresql_where=text("outcome IS NULL"),
    ),
)

"""What is kept about the checking of a list: its sample, the visits, the families taken off it."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from registry.schema import metadata

# How a list's sample was drawn, so that it can be drawn again and be the same.
list_samples = Table(
    "list_samples",
    metadata,
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), primary_key=True),
    Column("seed", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("families", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("drawn_by_name", Text, nullable=False),
    Column("drawn_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("size BETWEEN 1 AND families", name="size"),
)

# The families to visit, and why one whose visit spoke against the list is on it all the same.
sample_families = Table(
    "sample_families",
    metadata,
    Column("list_id", Uuid, ForeignKey("list_samples.list_id"), primary_key=True),
    Column("household_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("action", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kept_reason", Text),
    Column("kept_by", Text),
    Column("kept_by_name", Text),
    Column("kept_at", DateTime(timezone=True)),
    UniqueConstraint("list_id", "position"),
    CheckConstraint(
        "num_nulls(kept_reason, kept_by, kept_by_name, kept_at) IN (0, 4)", name="kept_whole"
    ),
)

# Append-only: what somebody found at a family's home. The newest visit of a family counts.
field_visits = Table(
    "field_visits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list_id", Uuid, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("place_code", String(13), nullable=False),
    Column("latitude", Numeric(8, 5)),
    Column("longitude", Numeric(8, 5)),
    Column("finding", Text, nullable=False),
    Column("note", Text),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_by_name", Text, nullable=False),
    Column(
        "recorded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),
    ),
    CheckConstraint(
        "finding IN ('as_recorded', 'differs', 'not_found', 'refuses')", name="finding"
    ),
    CheckConstraint(
        "finding = 'as_recorded' OR coalesce(length(note), 0) >= 10", name="finding_has_note"
    ),
    CheckConstraint(
        "(latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90 "
        "AND longitude BETWEEN -180 AND 180",
        name="position",
    ),
    Index("ix_field_visits_list_id", "list_id", "household_id", "recorded_at"),
)

# Append-only: families taken off a proposed list, and why.
list_strikes = Table(
    "list_strikes",
    metadata,
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), primary_key=True),
    Column("household_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("action", Text, nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason", Text),
    Column("struck_by", Text, nullable=False),
    Column("struck_by_name", Text, nullable=False),
    Column("struck_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # A person struck it with a reason, its decision changed before the list was fixed, or nobody
    # was left to enrol when the list was carried out.
    CheckConstraint("cause IN ('person', 'decision_changed', 'family_gone')", name="cause"),
    CheckConstraint("cause <> 'person' OR coalesce(length(reason), 0) >= 10", name="reason_length"),
    Index("ix_list_strikes_household_id", "household_id"),
)

# From which share of families on a list that ends enrolments is a second signature needed.
removal_guards = Table(
    "removal_guards",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("programme_percent", Numeric(5, 2), nullable=False),
    Column("village_percent", Numeric(5, 2), nullable=False),
    Column("village_families_min", Integer, nullable=False),
    Column("grace_days", Integer, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # It holds from here on; nobody loosens the guard alone.
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", DateTime(timezone=True)),
    CheckConstraint(
        "programme_percent BETWEEN 0 AND 100 AND village_percent BETWEEN 0 AND 100",
        name="percentages",
    ),
    CheckConstraint("village_families_min >= 1 AND grace_days >= 0", name="figures"),
    CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
    CheckConstraint(
        "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3)", name="approval_whole"
    ),
    Index("ix_removal_guards_programme_id", "programme_id", "valid_from"),
)

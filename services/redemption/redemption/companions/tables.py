"""Who collects for whom: companions, standing authorisations, and each time somebody came."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from redemption.companions.rules import ACTS_MAX
from redemption.schema import metadata

companions = Table(
    "companions",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Name and phone number, sealed for "companions.person:<id>".
    Column("sealed_person", LargeBinary, nullable=False),
    Column("has_phone", Boolean, nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# By what a companion is known again without a readable name: blind indexes of the phone number,
# and of the name within a village.
companion_marks = Table(
    "companion_marks",
    metadata,
    Column("mark", LargeBinary, primary_key=True),
    Column("companion_id", Uuid, ForeignKey("companions.id"), nullable=False),
)

companion_authorisations = Table(
    "companion_authorisations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("companion_id", Uuid, ForeignKey("companions.id"), nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("card_id", String(16), nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("relation", Text, nullable=False),
    # Why the family cannot come itself; sealed, since it tells of its life.
    Column("sealed_reason", LargeBinary, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("acts_max", Integer, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_by_name", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_by", Text),
    Column("ended_by_name", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    CheckConstraint("from_on <= to_on", name="dates"),
    CheckConstraint(f"acts_max BETWEEN 1 AND {ACTS_MAX}", name="acts_max"),
    CheckConstraint(
        "num_nulls(ended_by, ended_by_name, ended_at, end_reason) IN (0, 4)", name="end_whole"
    ),
    Index("ix_companion_authorisations_household_id", "household_id", "companion_id"),
    Index("ix_companion_authorisations_companion_id", "companion_id"),
    Index(
        "ix_companion_authorisations_region_code",
        "region_code",
        "to_on",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

companion_acts = Table(
    "companion_acts",
    metadata,
    # The id of the redemption for which somebody came; `used_at` says that it was written.
    Column("id", Uuid, primary_key=True),
    Column("companion_id", Uuid, ForeignKey("companions.id"), nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("card_id", String(16), nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("relation", Text, nullable=False),
    Column("sealed_reason", LargeBinary, nullable=False),
    Column("authorisation_id", Uuid, ForeignKey("companion_authorisations.id")),
    # Beyond the limit and let pass: for oversight to look at.
    Column("is_held", Boolean, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("partner_id", Uuid),
    Column("partner_name", Text, nullable=False, server_default=text("''")),
    Column("terminal_id", Uuid),
    Column("noted_by", Text, nullable=False),
    Column("noted_by_name", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("NOT (is_held AND authorisation_id IS NOT NULL)", name="held_or_authorised"),
    Index("ix_companion_acts_companion_id", "companion_id", "cycle_id", "household_id"),
    Index("ix_companion_acts_household_id", "household_id", "noted_at"),
    Index(
        "ix_companion_acts_region_code",
        "region_code",
        "noted_at",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
    Index("ix_companion_acts_used_at", "used_at", postgresql_where=text("used_at IS NOT NULL")),
)

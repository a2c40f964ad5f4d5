"""Signals with their evidence, how people judged them, and what they are computed from."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from redemption.oversight.rules import KINDS, LATITUDE, LONGITUDE, OUTCOMES, STATES, SUBJECTS
from redemption.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# Something that is not usual, for a person to judge; it says nothing about guilt.
signals = Table(
    "signals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    # The stretch it is about: a cycle, a day, a month. One signal for each subject and stretch.
    Column("window_key", Text, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("partner_id", Uuid),
    Column("partner_name", Text, nullable=False, server_default=text("''")),
    Column("terminal_id", Uuid),
    # Numbers only; never a name.
    Column("facts", JSONB, nullable=False),
    # Ids of redemptions; of conflicts for a share of conflicts.
    Column("evidence", ARRAY(Uuid), nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    # The version of the threshold that raised it.
    Column("measure_id", Uuid, nullable=False),
    Column("is_grave", Boolean, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("outcome", Text),
    Column("raised_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(f"kind IN ({_quoted(KINDS)})", name="kind"),
    CheckConstraint(f"subject_kind IN ({_quoted(SUBJECTS)})", name="subject_kind"),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="state"),
    CheckConstraint(f"outcome IN ({_quoted(OUTCOMES)})", name="outcome"),
    CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
    UniqueConstraint("kind", "subject_id", "window_key"),
    Index(
        "ix_signals_region_code",
        "region_code",
        "state",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
    Index("ix_signals_partner_id", "partner_id"),
)

# Append-only. The second look at a grave one is another person's.
signal_judgements = Table(
    "signal_judgements",
    metadata,
    Column("signal_id", Uuid, ForeignKey("signals.id"), nullable=False),
    Column("look", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # What there was to see when it was judged.
    Column("evidence_count", Integer, nullable=False),
    Column("judged_by", Text, nullable=False),
    Column("judged_by_name", Text, nullable=False),
    Column("judged_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("first_judged_by", Text),
    PrimaryKeyConstraint("signal_id", "look"),
    CheckConstraint("look IN (1, 2)", name="look"),
    CheckConstraint(f"outcome IN ({_quoted(OUTCOMES)})", name="outcome"),
    CheckConstraint("(look = 1) = (first_judged_by IS NULL)", name="second_knows_first"),
    CheckConstraint("first_judged_by <> judged_by", name="second_is_another"),
)

# Up to which moment each kind was looked for.
signal_progress = Table(
    "signal_progress",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("done_until", DateTime(timezone=True), nullable=False),
)

# Families of whom a death was reported that ends a card or changes its holder.
reported_deaths = Table(
    "reported_deaths",
    metadata,
    Column("household_id", Uuid, nullable=False),
    Column("happened_on", Date, nullable=False),
    # Nobody is left, or else the head died and a card in another name is to come.
    Column("is_alone", Boolean, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("household_id", "happened_on"),
    Index("ix_reported_deaths_noted_at", "noted_at"),
)

# Where a partner is, where somebody noted it; without it, its regencies say how far it is.
partner_places = Table(
    "partner_places",
    metadata,
    Column("partner_id", Uuid, primary_key=True),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_by_name", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(f"latitude BETWEEN {LATITUDE[0]} AND {LATITUDE[1]}", name="latitude"),
    CheckConstraint(f"longitude BETWEEN {LONGITUDE[0]} AND {LONGITUDE[1]}", name="longitude"),
)

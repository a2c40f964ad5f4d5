"""Who was given which card, what looks odd about it, and who the givers themselves are."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from issuance.handing_over import round_tables
from issuance.handing_over.rules import COLLECTORS, DOCUMENTS, FLAGS, HOLD_REASONS, RELATIONS
from issuance.schema import metadata

__all__ = ["giver_declarations", "hand_over_flags", "hand_overs", "round_tables"]


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# Who hands over says once which NIK and KK number are the own ones; only blind indexes are kept.
# The first counts at once, a later one after another person has agreed to it.
giver_declarations = Table(
    "giver_declarations",
    metadata,
    Column("declaration_id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("nik_index", LargeBinary, nullable=False),
    Column("kk_index", LargeBinary, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("declared_at", DateTime(timezone=True), nullable=False),
    Column("decision", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    CheckConstraint("octet_length(nik_index) = 16 AND octet_length(kk_index) = 16", name="indexes"),
    CheckConstraint("decision IN ('accepted', 'refused')", name="decision"),
    CheckConstraint(
        "num_nonnulls(decision, decided_at, decided_by, decided_by_name) IN (0, 4)",
        name="decided_whole",
    ),
    CheckConstraint("NOT is_first OR decision IS NULL", name="first_counts_at_once"),
    CheckConstraint("decided_by <> subject", name="decided_by_another"),
    Index("uq_giver_declarations_first", "subject", unique=True, postgresql_where=text("is_first")),
    Index(
        "uq_giver_declarations_waiting",
        "subject",
        unique=True,
        postgresql_where=text("NOT is_first AND decision IS NULL"),
    ),
    Index("ix_giver_declarations_nik_index", "nik_index"),
)

# One line a card that was given: append and, where it is held, one judgement by another person.
# That nobody hands over to the own family or to oneself is a trigger (migration 0010).
hand_overs = Table(
    "hand_overs",
    metadata,
    # Made by the desk's page or the phone.
    Column("handover_id", Uuid, primary_key=True),
    Column("card_id", String(16), ForeignKey("cards.card_id"), nullable=False, unique=True),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("round_id", Uuid, ForeignKey("rounds.round_id")),
    Column("giver", Text, nullable=False),
    Column("giver_name", Text, nullable=False),
    Column("collector", Text, nullable=False),
    Column("relation", Text, nullable=False),
    # Context "hand_overs.collector_name:<handover_id>"; the same form for the other sealed ones.
    Column("sealed_collector_name", LargeBinary),
    # Of a representative, to see one who collects for many; the NIK itself is kept nowhere.
    Column("collector_nik_index", LargeBinary),
    Column("document", Text, nullable=False),
    # Rounded to a hundredth of a degree, about a kilometre: enough to see a hand-over that was
    # not in the village, too little to show where a poor family's house is.
    Column("latitude", Numeric(5, 2)),
    Column("longitude", Numeric(6, 2)),
    Column("accuracy_m", Integer),
    # The device's word and the server's; a phone without network may be days behind.
    Column("handed_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("sealed_signature", LargeBinary),
    Column("sealed_photo", LargeBinary),
    # Keyed hash of all that was said: the same id with another content is refused.
    Column("digest", LargeBinary, nullable=False),
    Column("held_because", Text),
    Column("judgement", Text),
    Column("judged_at", DateTime(timezone=True)),
    Column("judged_by", Text),
    Column("judged_by_name", Text),
    Column("sealed_judgement_note", LargeBinary),
    CheckConstraint(f"collector IN ({_quoted(COLLECTORS)})", name="collector"),
    CheckConstraint(f"relation IN ('', {_quoted(RELATIONS)})", name="relation"),
    CheckConstraint(f"document IN ({_quoted(DOCUMENTS)})", name="document"),
    CheckConstraint(f"held_because IN ({_quoted(HOLD_REASONS)})", name="held_because"),
    CheckConstraint(
        "(collector = 'representative') = (collector_nik_index IS NOT NULL)",
        name="representative_known",
    ),
    CheckConstraint("collector = 'head' OR sealed_collector_name IS NOT NULL", name="named"),
    CheckConstraint("num_nonnulls(latitude, longitude) IN (0, 2)", name="position_whole"),
    CheckConstraint("judgement IN ('confirmed', 'refused')", name="judgement"),
    CheckConstraint(
        "num_nonnulls(judgement, judged_at, judged_by, judged_by_name, sealed_judgement_note)"
        " IN (0, 5)",
        name="judged_whole",
    ),
    CheckConstraint("judgement IS NULL OR held_because IS NOT NULL", name="judged_if_held"),
    CheckConstraint("judged_by <> giver", name="judged_by_another"),
    Index("ix_hand_overs_collector", "collector_nik_index", "received_at"),
    Index("ix_hand_overs_giver", "giver", "handed_at"),
    Index("ix_hand_overs_region_code", "region_code", "received_at"),
    Index("ix_hand_overs_round_id", "round_id"),
    Index(
        "ix_hand_overs_held",
        "region_code",
        postgresql_where=text("held_because IS NOT NULL AND judgement IS NULL"),
    ),
)

# What looks odd without holding the card; somebody else than the giver says that it was looked at.
hand_over_flags = Table(
    "hand_over_flags",
    metadata,
    Column("handover_id", Uuid, ForeignKey("hand_overs.handover_id"), primary_key=True),
    Column("flag", Text, primary_key=True),
    # What was measured: hand-overs in the minute, kilometres, or hours.
    Column("measured", Integer, nullable=False),
    Column("seen_at", DateTime(timezone=True)),
    Column("seen_by", Text),
    Column("seen_by_name", Text),
    CheckConstraint(f"flag IN ({_quoted(FLAGS)})", name="flag"),
    CheckConstraint("num_nonnulls(seen_at, seen_by, seen_by_name) IN (0, 3)", name="seen_whole"),
    Index("ix_hand_over_flags_unseen", "flag", postgresql_where=text("seen_at IS NULL")),
)

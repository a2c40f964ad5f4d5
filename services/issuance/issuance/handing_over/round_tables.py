"""Rounds through villages: what was taken along, what came of it, and the phones' journals."""

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
    text,
)

from issuance.handing_over.round_rules import (
    CARDS_A_ROUND_MAX,
    LINE_STATES,
    OUTCOMES,
    QUARANTINE_REASONS,
    RETURN_REASONS,
    ROUND_STATES,
)
from issuance.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


rounds = Table(
    "rounds",
    metadata,
    Column("round_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("planned_on", Date, nullable=False),
    # Who carries the cards: whoever has counted and taken them.
    Column("companion", Text),
    Column("companion_name", Text),
    Column("taken_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_by_name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    # What the companion signs for on coming back.
    Column("returned_at", DateTime(timezone=True)),
    Column("handed_over", Integer),
    Column("returned", Integer),
    # Given to the family, although the server could not count it (the card was blocked meanwhile).
    Column("not_counted", Integer),
    # What another person counted on the table.
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text),
    Column("closed_by_name", Text),
    Column("counted", Integer),
    CheckConstraint(f"state IN ({_quoted(ROUND_STATES)})", name="state"),
    CheckConstraint(f"taken BETWEEN 1 AND {CARDS_A_ROUND_MAX}", name="taken"),
    CheckConstraint(
        "num_nonnulls(companion, companion_name, taken_at)"
        " = CASE WHEN state IN ('ready', 'cancelled') THEN 0 ELSE 3 END",
        name="carried_by_one",
    ),
    CheckConstraint(
        "(state IN ('ready', 'out', 'cancelled')"
        " AND num_nonnulls(returned_at, handed_over, returned, not_counted) = 0)"
        " OR (state IN ('back', 'closed')"
        " AND num_nonnulls(returned_at, handed_over, returned, not_counted) = 4"
        " AND handed_over + returned + not_counted = taken)",
        name="adds_up",
    ),
    CheckConstraint(
        "(state = 'closed') = (num_nonnulls(closed_at, closed_by, closed_by_name, counted) = 4)"
        " AND num_nonnulls(closed_at, closed_by, closed_by_name, counted) IN (0, 4)",
        name="closed_whole",
    ),
    CheckConstraint("counted = returned", name="counted_as_returned"),
    CheckConstraint("closed_by <> companion", name="closed_by_another"),
    Index("ix_rounds_region_code", "region_code", "planned_on"),
    Index("ix_rounds_companion", "companion", "planned_on"),
)

round_cards = Table(
    "round_cards",
    metadata,
    Column("round_id", Uuid, ForeignKey("rounds.round_id"), primary_key=True),
    Column("card_id", String(16), ForeignKey("cards.card_id"), primary_key=True),
    # The family's number on the paper list.
    Column("position", Integer, nullable=False),
    Column("outcome", Text, nullable=False, server_default=text("'waiting'")),
    Column("outcome_at", DateTime(timezone=True)),
    # In the bag: not given, and not yet counted back on the table.
    Column("is_out", Boolean, nullable=False, server_default=text("true")),
    Column("return_reason", Text),
    # Context "round_cards.note:<round_id>:<card_id>".
    Column("sealed_note", LargeBinary),
    # A reason that the desk has to do something about, until somebody says that it is done.
    Column("desk_asked", Boolean, nullable=False, server_default=text("false")),
    Column("desk_done_at", DateTime(timezone=True)),
    Column("desk_done_by_name", Text),
    CheckConstraint(f"outcome IN ({_quoted(OUTCOMES)})", name="outcome"),
    CheckConstraint("(outcome = 'waiting') = (outcome_at IS NULL)", name="outcome_has_time"),
    CheckConstraint(
        f"(outcome = 'returned') = (return_reason IS NOT NULL)"
        f" AND (return_reason IS NULL OR return_reason IN ({_quoted(RETURN_REASONS)}))",
        name="return_has_reason",
    ),
    # A card is in one bag at a time.
    CheckConstraint("NOT is_out OR outcome IN ('waiting', 'returned')", name="given_is_not_out"),
    Index("uq_round_cards_out", "card_id", unique=True, postgresql_where=text("is_out")),
    Index(
        "ix_round_cards_asked",
        "round_id",
        postgresql_where=text("desk_asked AND desk_done_at IS NULL"),
    ),
)

# One a phone and round. Its lines form a chain; the last accepted link is kept here.
phone_journals = Table(
    "phone_journals",
    metadata,
    Column("journal_id", Uuid, primary_key=True),
    Column("round_id", Uuid, ForeignKey("rounds.round_id"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("holder_name", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_sequence", Integer, nullable=False),
    Column("last_hash", LargeBinary, nullable=False),
    Index("ix_phone_journals_round_id", "round_id"),
)

journal_lines = Table(
    "journal_lines",
    metadata,
    # Made by the phone; a hand-over's id is its line's.
    Column("line_id", Uuid, primary_key=True),
    Column("journal_id", Uuid, ForeignKey("phone_journals.journal_id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("card_id", String(16), nullable=False),
    Column("act", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    # The refusal's word, or empty.
    Column("refusal", Text, nullable=False),
    # What a refused line said, without any NIK; context "journal_lines.line:<line_id>".
    Column("sealed_line", LargeBinary),
    # A refused line is a conflict until somebody says where the card is.
    Column("settled_as", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by_name", Text),
    CheckConstraint(f"state IN ({_quoted(LINE_STATES)})", name="state"),
    CheckConstraint("act IN ('hand_over', 'return')", name="act"),
    CheckConstraint("(state = 'refused') = (refusal <> '')", name="refused_says_why"),
    CheckConstraint(
        "settled_as IS NULL OR (settled_as IN ('returned', 'with_family') AND state = 'refused')",
        name="settled",
    ),
    CheckConstraint(
        "num_nonnulls(settled_as, settled_at, settled_by_name) IN (0, 3)", name="settled_whole"
    ),
    Index("ix_journal_lines_journal_id", "journal_id", "sequence"),
)

# Batches whose chain does not hold: kept whole and sealed, shown, and released by another person.
quarantines = Table(
    "quarantines",
    metadata,
    Column("quarantine_id", Uuid, primary_key=True),
    Column("journal_id", Uuid, ForeignKey("phone_journals.journal_id"), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    # The same batch sent again is the same quarantine.
    Column("digest", LargeBinary, nullable=False),
    # Context "quarantines.batch:<quarantine_id>"; without any NIK.
    Column("sealed_batch", LargeBinary, nullable=False),
    Column("holder", Text, nullable=False),
    Column("released_at", DateTime(timezone=True)),
    Column("released_by", Text),
    Column("released_by_name", Text),
    CheckConstraint(f"reason IN ({_quoted(QUARANTINE_REASONS)})", name="reason"),
    CheckConstraint(
        "num_nonnulls(released_at, released_by, released_by_name) IN (0, 3)", name="released_whole"
    ),
    CheckConstraint("released_by <> holder", name="released_by_another"),
    Index("uq_quarantines_digest", "journal_id", "digest", unique=True),
)

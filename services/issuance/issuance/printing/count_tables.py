"""What happens to a print file after it was made: taken, counted, received; and its faults."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from issuance.printing.rules import AGAIN_REASONS, FAULTS
from issuance.schema import metadata


def quoted(words: tuple[str, ...]) -> str:
    """Return words as a list in SQL."""
    return ", ".join(f"'{word}'" for word in words)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """Return a column with a time."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def done_by(word: str, *, nullable: bool = False) -> tuple[Column[object], ...]:
    """Return the columns that say when something was done, and by whom."""
    return (
        moment(f"{word}_at", nullable=nullable),
        Column(f"{word}_by", Text, nullable=nullable),
        Column(f"{word}_by_name", Text, nullable=nullable),
    )


def _of_part() -> tuple[Column[object], Column[object]]:
    return (
        Column("batch_id", Uuid, primary_key=True),
        Column("part", Integer, primary_key=True, autoincrement=False),
    )


# Append-only. Every time that a file left the house.
print_downloads = Table(
    "print_downloads",
    metadata,
    # Made by the client: a download that broke off may be repeated under its own id.
    Column("download_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False),
    Column("part", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    *done_by("taken"),
    UniqueConstraint("batch_id", "part", "number", name="uq_print_downloads_number"),
    CheckConstraint(
        f"(number = 1 AND reason = '') OR (number > 1 AND reason IN ({quoted(AGAIN_REASONS)}))",
        name="again_has_reason",
    ),
    ForeignKeyConstraint(
        ["batch_id", "part"],
        ["print_files.batch_id", "print_files.part"],
        name="fk_print_downloads_file",
    ),
)

# Append-only. What a second person counted of a file: everything in it is good or spoiled.
print_counts = Table(
    "print_counts",
    metadata,
    *_of_part(),
    Column("count_id", Uuid, nullable=False, unique=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("cards_in_file", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("spoiled", Integer, nullable=False),
    Column("requested_by", Text, nullable=False),
    *done_by("counted"),
    CheckConstraint(
        "good >= 0 AND spoiled >= 0 AND good + spoiled = cards_in_file", name="adds_up"
    ),
    CheckConstraint("counted_by <> requested_by", name="by_another"),
    ForeignKeyConstraint(
        ["batch_id", "part", "cards_in_file"],
        ["print_parts.batch_id", "print_parts.part", "print_parts.cards_in_file"],
        name="fk_print_counts_part",
    ),
    ForeignKeyConstraint(
        ["batch_id", "requested_by"],
        ["print_batches.batch_id", "print_batches.requested_by"],
        name="fk_print_counts_requester",
    ),
    UniqueConstraint("batch_id", "part", "good", "counted_by", name="uq_print_counts_good"),
)

# Append-only. What arrived at a desk of a file's good cards: each is there or missing.
print_receipts = Table(
    "print_receipts",
    metadata,
    *_of_part(),
    Column("receipt_id", Uuid, nullable=False, unique=True),
    Column("request_hash", LargeBinary, nullable=False),
    # Where: the region whose office or desk it is.
    Column("place", String(13), nullable=False),
    Column("expected", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("counted_by", Text, nullable=False),
    *done_by("received"),
    CheckConstraint(
        "received >= 0 AND missing >= 0 AND received + missing = expected", name="adds_up"
    ),
    CheckConstraint("received_by <> counted_by", name="by_another"),
    ForeignKeyConstraint(
        ["batch_id", "part", "expected", "counted_by"],
        [
            "print_counts.batch_id",
            "print_counts.part",
            "print_counts.good",
            "print_counts.counted_by",
        ],
        name="fk_print_receipts_count",
    ),
)

# A card that came out spoiled or never arrived. It has ended; what is left of it is destroyed.
print_faults = Table(
    "print_faults",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("batch_id", Uuid, nullable=False),
    Column("part", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    *done_by("noted"),
    *done_by("destroyed", nullable=True),
    CheckConstraint(f"kind IN ({quoted(FAULTS)})", name="kind"),
    CheckConstraint(
        "num_nonnulls(destroyed_at, destroyed_by, destroyed_by_name) IN (0, 3)", name="destroyed"
    ),
    ForeignKeyConstraint(
        ["batch_id", "part", "card_id"],
        ["print_batch_cards.batch_id", "print_batch_cards.part", "print_batch_cards.card_id"],
        name="fk_print_faults_card",
    ),
    ForeignKeyConstraint(
        ["batch_id", "part"],
        ["print_counts.batch_id", "print_counts.part"],
        name="fk_print_faults_count",
    ),
    Index("ix_print_faults_part", "batch_id", "part"),
)

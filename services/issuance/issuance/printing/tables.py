"""Print batches: their files in parts, and which cards are on each."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from issuance.printing.count_tables import done_by, moment, quoted
from issuance.printing.rules import CARDS_PER_FILE_MAX, DUPLEXES, KINDS, PART_STATES
from issuance.schema import metadata

print_batches = Table(
    "print_batches",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    # SHA-256 of what the client asked for: the same id with another wish is refused.
    Column("request_hash", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("duplex", Text, nullable=False),
    # The one card that a desk prints for itself: nobody counts or receives it.
    Column("card_id", String(16), ForeignKey("cards.card_id")),
    Column("cards", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    *done_by("requested"),
    *done_by("cancelled", nullable=True),
    CheckConstraint(f"kind IN ({quoted(KINDS)})", name="kind"),
    CheckConstraint(f"duplex IN ({quoted(DUPLEXES)})", name="duplex"),
    CheckConstraint("cards >= 1 AND parts BETWEEN 1 AND cards", name="cards"),
    CheckConstraint(
        "num_nonnulls(cancelled_at, cancelled_by, cancelled_by_name) IN (0, 3)", name="cancelled"
    ),
    # For print_counts, whose person must be another one than this.
    UniqueConstraint("batch_id", "requested_by", name="uq_print_batches_requester"),
    Index("ix_print_batches_region_code", "region_code", "requested_at"),
)

# The very bytes whose hash was recorded, sealed: a print file is a list of names with valid codes.
print_files = Table(
    "print_files",
    metadata,
    Column("batch_id", Uuid, ForeignKey("print_batches.batch_id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    # Context: read_file.file_context.
    Column("sealed", LargeBinary, nullable=False),
)

print_parts = Table(
    "print_parts",
    metadata,
    Column("batch_id", Uuid, ForeignKey("print_batches.batch_id"), primary_key=True),
    # From 1.
    Column("part", Integer, primary_key=True, autoincrement=False),
    # The smallest region that holds all of its cards: a district or less.
    Column("region_code", String(13), nullable=False),
    # How many it was planned for; what is in the file may be fewer.
    Column("cards", Integer, nullable=False),
    Column("state", Text, nullable=False),
    # Until when one worker has it; a worker that died has it no longer after that.
    moment("taken_until", nullable=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    # The kind of the last failure, never its text.
    Column("failure", Text, nullable=False, server_default=text("''")),
    # What the signer was asked to sign, of a bureau's delivery.
    Column("signature_request_id", Uuid),
    moment("made_at", nullable=True),
    # Of the file as it is handed out, hex.
    Column("sha256", String(64)),
    Column("file_bytes", Integer),
    Column("cards_in_file", Integer),
    Column("file_part", Integer, Computed("CASE WHEN state = 'printed' THEN part END", True)),
    CheckConstraint(f"state IN ({quoted(PART_STATES)})", name="state"),
    CheckConstraint(f"cards BETWEEN 1 AND {CARDS_PER_FILE_MAX}", name="cards"),
    CheckConstraint("cards_in_file BETWEEN 1 AND cards", name="cards_in_file"),
    # Printed means that there is a file, and that its hash and its count are known.
    CheckConstraint(
        "(state = 'printed') = (num_nonnulls(made_at, sha256, file_bytes, cards_in_file) = 4)",
        name="printed_has_file",
    ),
    ForeignKeyConstraint(
        ["batch_id", "file_part"],
        ["print_files.batch_id", "print_files.part"],
        name="fk_print_parts_file",
    ),
    UniqueConstraint("batch_id", "part", "cards_in_file", name="uq_print_parts_cards_in_file"),
    Index("ix_print_parts_queued", "batch_id", "part", postgresql_where=text("state = 'queued'")),
    Index("ix_print_parts_region_code", "region_code", "state"),
)

print_batch_cards = Table(
    "print_batch_cards",
    metadata,
    Column("batch_id", Uuid, ForeignKey("print_batches.batch_id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    # Place in the part, from 0: ten a sheet, left to right, top to bottom.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("card_id", String(16), ForeignKey("cards.card_id"), nullable=False),
    # The state for which it was left out of the file; empty when it is or will be in it.
    Column("left_out", Text, nullable=False, server_default=text("''")),
    ForeignKeyConstraint(
        ["batch_id", "part"],
        ["print_parts.batch_id", "print_parts.part"],
        name="fk_print_batch_cards_part",
    ),
    UniqueConstraint("batch_id", "part", "card_id", name="uq_print_batch_cards_card"),
    Index("ix_print_batch_cards_card_id", "card_id"),
    # No card is in two files.
    Index(
        "uq_print_batch_cards_once", "card_id", unique=True, postgresql_where=text("left_out = ''")
    ),
)

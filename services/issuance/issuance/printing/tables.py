"""Print batches: which cards are on which sheets, and the file that was made of them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
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

from issuance.schema import metadata

CARDS_PER_FILE_MAX = 1000

print_batches = Table(
    "print_batches",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    # SHA-256 of what the client asked for: the same id with another wish is refused.
    Column("request_hash", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("cards", Integer, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_by_name", Text, nullable=False),
    Column("printed_at", DateTime(timezone=True)),
    # Of the file as it is handed out, hex.
    Column("sha256", String(64)),
    Column("file_bytes", Integer),
    CheckConstraint("state IN ('queued', 'printed', 'failed')", name="state"),
    CheckConstraint(f"cards BETWEEN 1 AND {CARDS_PER_FILE_MAX}", name="cards"),
    # Printed means that there is a file and that its hash is known.
    CheckConstraint(
        "(state = 'printed') = (num_nonnulls(printed_at, sha256, file_bytes) = 3)",
        name="printed_has_file",
    ),
    Index("ix_print_batches_region_code", "region_code", "requested_at"),
    Index("ix_print_batches_queued", "requested_at", postgresql_where=text("state = 'queued'")),
)

print_batch_cards = Table(
    "print_batch_cards",
    metadata,
    Column("batch_id", Uuid, ForeignKey("print_batches.batch_id"), primary_key=True),
    # Place in the file, from 0: ten a sheet, left to right, top to bottom.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("card_id", String(16), ForeignKey("cards.card_id"), nullable=False),
    Index("ix_print_batch_cards_card_id", "card_id"),
)

# The very bytes whose hash was recorded, sealed: a print file is a list of names with valid codes.
print_files = Table(
    "print_files",
    metadata,
    Column("batch_id", Uuid, ForeignKey("print_batches.batch_id"), primary_key=True),
    # Context "print_files.sealed:<batch_id>".
    Column("sealed", LargeBinary, nullable=False),
)

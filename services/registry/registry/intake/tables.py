"""Uploaded files, whole and sealed, and their rows as they wait to be checked and committed."""

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.schema import metadata

import_batches = Table(
    "import_batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region_code", String(13), ForeignKey("regions.code"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("byte_size", Integer, nullable=False),
    # What the file turned out to be, and what it says about all its rows (a roster's period …).
    Column("layout", Text),
    Column("about", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("state", Text, nullable=False, server_default=text("'uploaded'")),
    Column("failure_code", Text),
    Column("failure_facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_by_name", Text, nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("staged_at", DateTime(timezone=True)),
    Column("committed_by", Text),
    Column("committed_by_name", Text),
    Column("committed_at", DateTime(timezone=True)),
    # What the uploader may see, and the villages that the rows are of.
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("villages", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    # Why a second person has to look at it: see `rules`.
    Column("second_reasons", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("confirmed_by", Text),
    Column("confirmed_by_name", Text),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("undone_by", Text),
    Column("undone_by_name", Text),
    Column("undone_at", DateTime(timezone=True)),
    Column("undo_reason", Text),
    CheckConstraint(
        "state IN ('uploaded', 'needs_mapping', 'staged', 'confirming', 'committing', 'committed',"
        " 'refused', 'withdrawn', 'undoing', 'undone')",
        name="state",
    ),
    CheckConstraint("(state = 'refused') = (failure_code IS NOT NULL)", name="refusal_has_code"),
    CheckConstraint(
        "(state IN ('committed', 'undoing', 'undone')) = (committed_at IS NOT NULL)",
        name="commit_has_time",
    ),
    CheckConstraint(
        "confirmed_by IS NULL OR confirmed_by <> committed_by", name="confirmed_by_another"
    ),
    CheckConstraint(
        "second_reasons = '[]'::jsonb OR confirmed_by IS NOT NULL"
        " OR state NOT IN ('committing', 'committed', 'undoing', 'undone')",
        name="large_is_confirmed",
    ),
    CheckConstraint("undone_by IS NULL OR undone_by <> committed_by", name="undone_by_another"),
    CheckConstraint(
        "state NOT IN ('undoing', 'undone') OR undo_reason IS NOT NULL", name="undoing_has_reason"
    ),
    Index("ix_import_batches_region_code", "region_code", "uploaded_at"),
    Index("ix_import_batches_sha256", "sha256"),
)

# In pieces, so that neither the API nor the worker ever holds a whole province in memory.
import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_batches.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# The first rows of a file whose columns a person has to name, sealed, their numbers masked.
column_samples = Table(
    "column_samples",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_batches.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# What a person said the columns of a header are. Never changed: a newer one counts.
column_mappings = Table(
    "column_mappings",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Files for this region or one inside it, with this header, are read so.
    Column("region_code", String(13), ForeignKey("regions.code"), nullable=False),
    Column("header_hash", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    # {"nik": 3, …}: the place of each column, counted from 0; no text of the file.
    Column("places", JSONB, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_by_name", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('people', 'deciles', 'dukcapil')", name="kind"),
    Index("ix_column_mappings_header_hash", "header_hash", "region_code", "made_at"),
)

# Unlogged: a crash of the database empties them, and they are read from the sealed file anew.
staged_rows = Table(
    "staged_rows",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    # As the spreadsheet counts, so that the clerk finds it.
    Column("row_number", Integer, primary_key=True),
    # [{"code", "cell", …}]: any error keeps the row out, a warning does not.
    Column("errors", JSONB, nullable=False),
    Column("warnings", JSONB, nullable=False),
    Column("person_id", Uuid),
    Column("temporary_number", Text),
    Column("household_id", Uuid),
    Column("nik_index", LargeBinary),
    Column("nik_sealed", LargeBinary),
    Column("kk_index", LargeBinary),
    Column("kk_sealed", LargeBinary),
    Column("address_index", LargeBinary),
    Column("address_sealed", LargeBinary),
    Column("name", Text),
    Column("name_key", Text),
    Column("sex", String(1)),
    Column("born_on", Date),
    Column("birth_place", Text),
    Column("relation", Text),
    Column("marital", Text),
    Column("status", Text),
    Column("fact_code", Text),
    Column("fact_value", Text),
    Column("period", Text),
    Column("valid_from", Date),
    Column("valid_to", Date),
    # What committing would do: new, changed, unchanged, unmatched.
    Column("change", Text),
    Column("changed_fields", ARRAY(Text)),
    # What the changed fields say now, as text; of numbers only that there is one.
    Column("before", JSONB),
    Column("father_name", Text),
    Column("mother_name", Text),
    Column("phone_index", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("region_code", String(13)),
    # Of somebody who comes from another village.
    Column("from_region", String(13)),
    Column("known_person_id", Uuid),
    Column("known_household_id", Uuid),
    Index(
        "ix_staged_rows_wrong",
        "import_id",
        "row_number",
        postgresql_where=text("errors <> '[]'::jsonb"),
    ),
)

# The living of a file's villages whom the file does not name, when it was last compared. Unlogged.
staged_missing = Table(
    "staged_missing",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("name", Text, nullable=False),
)

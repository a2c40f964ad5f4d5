"""Changes in families' lives as recorded and confirmed, and what each has altered."""

from sqlalchemy import (
    BigInteger,
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
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.changes.rules import KINDS
from registry.schema import metadata

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)

life_changes = Table(
    "life_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'recorded'")),
    Column("household_id", Uuid, ForeignKey("households.id"), nullable=False),
    # The family that joins this one, or the one that leaves it.
    Column("other_household_id", Uuid),
    Column("corrects_id", Uuid, ForeignKey("life_changes.id")),
    Column("region_code", String(13), nullable=False),
    # Where the family goes: who confirms answers for that place.
    Column("to_region_code", String(13), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence_kind", Text, nullable=False),
    Column("evidence_number", Text),
    # What was recorded, by ids; hashed with the words and the number's index, so that a repeat
    # is told from another wish under the same id.
    Column("request", JSONB, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    # A new KK number, as sealed as in `households`.
    Column("kk_index", LargeBinary),
    Column("kk_sealed", LargeBinary),
    # What it will do, as shown; confirming it needs the same hash.
    Column("plan", JSONB, nullable=False),
    Column("plan_hash", LargeBinary, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_by_name", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_note", Text),
    CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
    CheckConstraint("state IN ('recorded', 'confirmed', 'returned', 'withdrawn')", name="state"),
    CheckConstraint(
        "decided_by IS NULL OR (state = 'withdrawn') = (decided_by = recorded_by)",
        name="two_people",
    ),
    CheckConstraint(
        "(state = 'recorded') = (decided_by IS NULL) AND "
        "(decided_by IS NULL) = (decided_at IS NULL)",
        name="decision_whole",
    ),
    CheckConstraint("(kind = 'correction') = (corrects_id IS NOT NULL)", name="corrects"),
    CheckConstraint("(kk_index IS NULL) = (kk_sealed IS NULL)", name="kk_whole"),
    CheckConstraint("length(reason) >= 10", name="reason_length"),
    Index(
        "uq_life_changes_waiting",
        "household_id",
        unique=True,
        postgresql_where=text("state = 'recorded'"),
    ),
    Index(
        "uq_life_changes_corrected_once",
        "corrects_id",
        unique=True,
        postgresql_where=text("state IN ('recorded', 'confirmed')"),
    ),
    Index("ix_life_changes_household_id", "household_id", "recorded_at"),
    Index(
        "ix_life_changes_region_code",
        "region_code",
        "state",
        "id",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

# Append-only: the history of a family as a unit. What it was before the change; now is now.
household_changes = Table(
    "household_changes",
    metadata,
    Column("household_id", Uuid, ForeignKey("households.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("change_id", Uuid, ForeignKey("life_changes.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("card_action", Text, nullable=False),
    Column("related_household_id", Uuid),
    Column("happened_on", Date, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("region_code_before", String(13)),
    Column("region_code_after", String(13), nullable=False),
    # Set where the number changed.
    Column("kk_index_before", LargeBinary),
    Column("kk_sealed_before", LargeBinary),
    CheckConstraint("sequence >= 1", name="sequence"),
    CheckConstraint("card_action IN ('none', 'reissue', 'revoke')", name="card_action"),
    UniqueConstraint("change_id", "household_id", name="uq_household_changes_once"),
)

# Append-only: how a change found a person, and as which version it left the record.
person_changes = Table(
    "person_changes",
    metadata,
    Column("change_id", Uuid, ForeignKey("life_changes.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("persons.id"), primary_key=True),
    Column("household_id_before", Uuid, nullable=False),
    Column("relation_before", Text, nullable=False),
    Column("status_before", Text, nullable=False),
    Column("version_after", Integer, nullable=False),
    Index("ix_person_changes_person_id", "person_id"),
)

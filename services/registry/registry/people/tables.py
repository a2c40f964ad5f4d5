"""Regions, families, their members, and dated facts about them with their source."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
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

from registry.schema import metadata


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _recorded_at() -> Column[object]:
    return _now("recorded_at")


def _as_it_stood(table: Table) -> list[Column[object]]:
    """Return a table's columns for a row that has left it: the values without what bound them."""
    return [
        Column(one.name, one.type, primary_key=one.primary_key, nullable=one.nullable,
               autoincrement=False)
        for one in table.columns
    ]  # fmt: skip


regions = Table(
    "regions",
    metadata,
    Column("code", String(13), primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_code", String(13), ForeignKey("regions.code")),
    CheckConstraint("level IN ('province', 'regency', 'district', 'village')", name="level"),
    Index("ix_regions_parent_code", "parent_code"),
)

households = Table(
    "households",
    metadata,
    Column("id", Uuid, primary_key=True),
    # That there is such a region a trigger demands, for all rows of a statement at once.
    Column("region_code", String(13), nullable=False),
    # The KK number: found by its blind index, opened only for display.
    Column("kk_index", LargeBinary, nullable=False, unique=True),
    Column("kk_sealed", LargeBinary, nullable=False),
    Column("address_index", LargeBinary),
    Column("address_sealed", LargeBinary),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("import_id", Uuid, nullable=False),
    _recorded_at(),
    CheckConstraint("(address_index IS NULL) = (address_sealed IS NULL)", name="address_whole"),
    # Prefix search (a regency's families) needs the byte order whatever the database's locale is.
    Index(
        "ix_households_region_code",
        "region_code",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

persons = Table(
    "persons",
    metadata,
    Column("id", Uuid, primary_key=True),
    # That there is such a family a trigger demands, for all rows of a statement at once.
    Column("household_id", Uuid, nullable=False),
    Column("nik_index", LargeBinary, unique=True),
    Column("nik_sealed", LargeBinary),
    # A person without a NIK is legal and is known by this until one arrives.
    Column("temporary_number", Text),
    Column("name", Text, nullable=False),
    # The name as it is compared: capitals, one space, no marks.
    Column("name_key", Text, nullable=False),
    Column("sex", String(1), nullable=False),
    Column("born_on", Date),
    Column("birth_place", Text),
    Column("relation", Text, nullable=False),
    Column("marital", Text),
    Column("father_name", Text),
    Column("mother_name", Text),
    Column("phone_index", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("status", Text, nullable=False),
    # The record that stands for this person since a reviewer found both to be one.
    Column("merged_into", Uuid),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("import_id", Uuid, nullable=False),
    _recorded_at(),
    CheckConstraint("(nik_index IS NULL) = (nik_sealed IS NULL)", name="nik_whole"),
    CheckConstraint("(phone_index IS NULL) = (phone_sealed IS NULL)", name="phone_whole"),
    CheckConstraint("nik_index IS NOT NULL OR temporary_number IS NOT NULL", name="has_number"),
    CheckConstraint("sex IN ('M', 'F')", name="sex"),
    CheckConstraint("status IN ('alive', 'dead', 'moved', 'missing', 'merged')", name="status"),
    CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_has_survivor"),
    Index(
        "uq_persons_temporary_number",
        "temporary_number",
        unique=True,
        postgresql_where=text("temporary_number IS NOT NULL"),
    ),
    Index("ix_persons_household_id", "household_id"),
    Index(
        "ix_persons_merged_into",
        "merged_into",
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index("ix_persons_born_on", "born_on"),
)

# What a person's record said before it changed, and which file had said it.
person_versions = Table(
    "person_versions",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("values", JSONB, nullable=False),
    Column("nik_index", LargeBinary),
    Column("nik_sealed", LargeBinary),
    Column("phone_index", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("import_id", Uuid, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("replaced_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_person_versions_household_id", "household_id"),
)

# Where a family lived before, and which file had said it.
household_versions = Table(
    "household_versions",
    metadata,
    Column("household_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("region_code", String(13), nullable=False),
    Column("address_index", LargeBinary),
    Column("address_sealed", LargeBinary),
    Column("import_id", Uuid, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    _now("replaced_at"),
)

# Families, and further down facts, that were withdrawn with the file that brought them.
withdrawn_households = Table(
    "withdrawn_households", metadata, *_as_it_stood(households), _now("withdrawn_at")
)

# What an agency says about a family or a person for a period. Never changed: a newer one counts.
facts = Table(
    "facts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("household_id", Uuid, ForeignKey("households.id"), nullable=False),
    # The person it is about, else the household itself.
    Column("subject_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, nullable=False),
    _recorded_at(),
    CheckConstraint("valid_from <= valid_to", name="valid_in_order"),
    UniqueConstraint("import_id", "subject_id", "code", "period", name="uq_facts_once_an_import"),
    Index("ix_facts_household_id", "household_id", "code"),
)

# That a whole roster was loaded for a region and period: only then is absence from it a "no".
roster_loads = Table(
    "roster_loads",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("region_code", String(13), ForeignKey("regions.code"), nullable=False),
    Column("period", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, nullable=False, unique=True),
    _recorded_at(),
    CheckConstraint("valid_from <= valid_to", name="valid_in_order"),
    Index("ix_roster_loads_code", "code", "region_code"),
)

withdrawn_facts = Table(
    "withdrawn_facts",
    metadata,
    *_as_it_stood(facts),
    _now("withdrawn_at"),
    Index("ix_withdrawn_facts_household_id", "household_id"),
)
withdrawn_roster_loads = Table(
    "withdrawn_roster_loads", metadata, *_as_it_stood(roster_loads), _now("withdrawn_at")
)

# What issuance says about a family's cards; rows come in any order and may come twice.
household_cards = Table(
    "household_cards",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("issued_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("status", Text, nullable=False, server_default=text("'issued'")),
    Column("status_reason", Text),
    Column("status_at", DateTime(timezone=True)),
    Column("status_sequence", BigInteger, nullable=False, server_default=text("-1")),
    Index("ix_household_cards_household_id", "household_id"),
)

# What redemption says that a family has received, and what was undone.
household_redemptions = Table(
    "household_redemptions",
    metadata,
    Column("redemption_id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("card_id", String(16)),
    Column("benefit_name", Text),
    Column("partner_name", Text),
    Column("quantity", Integer),
    Column("amount_rupiah", BigInteger),
    Column("redeemed_at", DateTime(timezone=True)),
    Column("reversed_at", DateTime(timezone=True)),
    CheckConstraint("redeemed_at IS NOT NULL OR reversed_at IS NOT NULL", name="known"),
    Index("ix_household_redemptions_household_id", "household_id", "redeemed_at"),
)

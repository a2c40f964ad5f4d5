"""Who is entitled to what: lists as approved, the right of each family, and what was granted.

Every key of `entitlements` and `grants` carries household_id, so that they can be distributed by
family together with the redemptions.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

# Imported so that whoever loads this room's tables loads these too.
from redemption.entitlements import budget_tables, line_tables
from redemption.schema import metadata

__all__ = [
    "beneficiary_lists",
    "benefits",
    "budget_tables",
    "cycles",
    "enrolled_persons",
    "enrolment_standings",
    "enrolments",
    "entitlements",
    "grants",
    "line_tables",
]

cycles = Table(
    "cycles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_code", Text, nullable=False),
    Column("programme_name_id", Text, nullable=False),
    Column("programme_name_en", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    CheckConstraint("closes_on >= opens_on", name="closes_after_opening"),
)

# What a benefit is in one cycle, as the decree says; never changed once heard.
benefits = Table(
    "benefits",
    metadata,
    Column("cycle_id", Uuid, ForeignKey("cycles.id"), nullable=False),
    Column("id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name_id", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    # What one family gets: whole parcels or services (0 for a balance), and rupiah in all.
    Column("granted_quantity", Integer, nullable=False),
    Column("granted_rupiah", BigInteger, nullable=False),
    # The value of one parcel or service.
    Column("unit_rupiah", BigInteger, nullable=False),
    Column("partner_kinds", ARRAY(Text), nullable=False),
    # Whose right it is: the family's, or that of each of its persons whom the list names.
    Column("subject", Text, nullable=False, server_default=text("'household'")),
    # What a balance may be spent on; empty where it does not matter.
    Column("goods_categories", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    PrimaryKeyConstraint("cycle_id", "id"),
    CheckConstraint("subject IN ('household', 'person')", name="subject"),
    CheckConstraint("kind IN ('parcel', 'cash', 'balance', 'fee', 'service')", name="kind"),
    CheckConstraint("granted_quantity >= 0 AND granted_rupiah >= 0", name="granted"),
)

beneficiary_lists = Table(
    "beneficiary_lists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, ForeignKey("cycles.id"), nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("benefit_ids", ARRAY(Uuid), nullable=False),
    Column("subjects", Integer, nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
)

# A family on a list. No name: the card's sealed one is all that a counter needs.
enrolments = Table(
    "enrolments",
    metadata,
    # No foreign key to the list: enrolments may be heard before it.
    Column("list_id", Uuid, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    # In which message of its list it came: a batch is opened, or held, as a whole.
    Column("batch", Integer, nullable=False, server_default=text("1")),
    PrimaryKeyConstraint("list_id", "household_id"),
)

# A person of such a family who has rights of its own, so that a school or a clinic can be shown
# whose they are.
enrolled_persons = Table(
    "enrolled_persons",
    metadata,
    Column("household_id", Uuid, nullable=False),
    Column("list_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("benefit_ids", ARRAY(Uuid), nullable=False),
    # {"name", "birth_year"}, sealed for this place.
    Column("known", LargeBinary, nullable=False),
    PrimaryKeyConstraint("household_id", "list_id", "person_id"),
)

# What was last said of an enrolment after its approval. Without one it runs. A family has one
# enrolment in a cycle; what is said of it may be heard before the enrolment itself.
enrolment_standings = Table(
    "enrolment_standings",
    metadata,
    Column("household_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    # The registry's count of the enrolment's states: an older one never replaces a newer one.
    Column("version", Integer, nullable=False),
    Column("standing", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    # These benefits go on until then, although the enrolment has ended.
    Column("grace_until", DateTime(timezone=True)),
    Column("kept_benefit_ids", ARRAY(Uuid), nullable=False),
    PrimaryKeyConstraint("household_id", "cycle_id"),
    CheckConstraint("standing IN ('running', 'suspended', 'ended')", name="standing"),
    CheckConstraint("(standing = 'ended') = (ended_at IS NOT NULL)", name="end_has_time"),
)

# What is left of a family's right. The balance of the ledger, kept so that it can be locked.
entitlements = Table(
    "entitlements",
    metadata,
    Column("household_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    # The person whose right it is; the family itself where it is the family's.
    Column("subject_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    # Whole parcels or services; 0 where the right is a balance in rupiah.
    Column("remaining_quantity", Integer, nullable=False),
    Column("remaining_rupiah", BigInteger, nullable=False),
    # Counts the changes; the `sequence` of the events about this entitlement.
    Column("version", Integer, nullable=False),
    # Whether its enrolment holds, and when this right ends or ended; see `enrolment_standings`.
    Column("standing", Text, nullable=False, server_default=text("'running'")),
    Column("ends_at", DateTime(timezone=True)),
    # Set aside for one terminal until then: it alone can redeem this, with or without network.
    # Past that moment it means nothing, whether or not anybody has tidied it away.
    Column("lease_id", Uuid),
    Column("lease_terminal_id", Uuid),
    Column("leased_until", DateTime(timezone=True)),
    PrimaryKeyConstraint("household_id", "cycle_id", "benefit_id", "subject_id"),
    ForeignKeyConstraint(["cycle_id", "benefit_id"], ["benefits.cycle_id", "benefits.id"]),
    CheckConstraint("standing IN ('running', 'suspended', 'ended')", name="standing"),
    CheckConstraint("(standing = 'ended') = (ends_at IS NOT NULL)", name="end_has_time"),
    CheckConstraint("remaining_quantity >= 0", name="quantity_left"),
    CheckConstraint("remaining_rupiah >= 0", name="rupiah_left"),
    CheckConstraint(
        "num_nulls(lease_id, lease_terminal_id, leased_until) IN (0, 3)", name="lease_is_whole"
    ),
    Index("ix_entitlements_lease_id", "lease_id", postgresql_where=text("lease_id IS NOT NULL")),
    # Room in each page for the new version of a row: then a redemption touches no index here.
    postgresql_with={"fillfactor": "80"},
)

# The ledger's first lines. Append-only, by a trigger.
grants = Table(
    "grants",
    metadata,
    Column("household_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("household_id", "cycle_id", "benefit_id", "subject_id"),
    CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name="amounts"),
)

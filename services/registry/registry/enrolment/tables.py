"""Beneficiary lists on their way to a decree, and the families that an approved list enrols."""

from sqlalchemy import (
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

from registry.schema import metadata

beneficiary_lists = Table(
    "beneficiary_lists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'proposed'")),
    Column("subjects", Integer, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("verified_by", Text),
    Column("verified_by_name", Text),
    Column("verified_at", DateTime(timezone=True)),
    # SHA-256 over exactly these families; what the approver sees is what the approver signs.
    Column("content_hash", LargeBinary),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approval_asked_at", DateTime(timezone=True)),
    Column("approved_at", DateTime(timezone=True)),
    Column("decree_number", Text),
    Column("decree_on", Date),
    CheckConstraint(
        "state IN ('proposing', 'proposed', 'verified', 'approving', 'approved', 'returned')",
        name="state",
    ),
    CheckConstraint("verified_by IS NULL OR verified_by <> proposed_by", name="verifier_differs"),
    CheckConstraint(
        "approved_by IS NULL OR (approved_by <> proposed_by AND approved_by <> verified_by)",
        name="approver_differs",
    ),
    CheckConstraint(
        "state NOT IN ('verified', 'approving', 'approved') OR "
        "(verified_by IS NOT NULL AND verified_at IS NOT NULL AND content_hash IS NOT NULL)",
        name="verification_whole",
    ),
    CheckConstraint(
        "state NOT IN ('approving', 'approved') OR (approved_by IS NOT NULL AND "
        "decree_number IS NOT NULL AND decree_on IS NOT NULL)",
        name="approval_whole",
    ),
    CheckConstraint("(state = 'approved') = (approved_at IS NOT NULL)", name="approval_has_time"),
    Index("ix_beneficiary_lists_region_code", "region_code", "proposed_at"),
    # One list at a time may be on its way for a region and cycle.
    Index(
        "uq_beneficiary_lists_open",
        "cycle_id",
        "region_code",
        unique=True,
        postgresql_where=text("state IN ('proposing', 'proposed', 'verified', 'approving')"),
    ),
)

list_members = Table(
    "list_members",
    metadata,
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), primary_key=True),
    Column("household_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    # The decision that stood when the list was verified: the reason this family is on it.
    Column("decision_id", Uuid, nullable=False),
    Index("ix_list_members_household_id", "household_id"),
)

list_steps = Table(
    "list_steps",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("note", Text),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("step IN ('proposed', 'verified', 'returned', 'approved')", name="step"),
    Index("ix_list_steps_list_id", "list_id"),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Column("enrolled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("household_id", "programme_id", "cycle_id", name="uq_enrolments_once_a_cycle"),
    Index("ix_enrolments_list_id", "list_id", "id"),
)

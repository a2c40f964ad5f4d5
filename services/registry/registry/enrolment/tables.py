"""Beneficiary lists on their way to a decree, and the families that they enrol or end.

What is kept about the checking of a list (samples, visits, families struck) is in
`checking_tables`.
"""

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
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

# Imported so that whoever loads a room's tables loads these too.
from registry.enrolment import checking_tables
from registry.schema import metadata

__all__ = [
    "beneficiary_lists",
    "checking_tables",
    "enrolled_persons",
    "enrolment_steps",
    "enrolments",
    "list_members",
    "list_steps",
]

beneficiary_lists = Table(
    "beneficiary_lists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    # A full list enrols; a difference list says who enters and who leaves the running enrolments
    # of `base_cycle_id`: its own cycle, or the one before it when a new cycle opens.
    Column("kind", Text, nullable=False, server_default=text("'full'")),
    Column("base_cycle_id", Uuid),
    Column("state", Text, nullable=False, server_default=text("'proposed'")),
    # The families that it enrols; those that leave by it; those that it leaves as they are.
    Column("subjects", Integer, nullable=False),
    Column("leaving", Integer, nullable=False, server_default=text("0")),
    Column("unchanged", Integer, nullable=False, server_default=text("0")),
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
    # What the removal guard said when the list was signed; set when a second signature is needed.
    Column("guard", JSONB(none_as_null=True)),
    Column("grace_days", Integer),
    Column("second_approved_by", Text),
    Column("second_approved_by_name", Text),
    Column("second_approved_at", DateTime(timezone=True)),
    CheckConstraint(
        "state IN ('proposing', 'proposed', 'verified', 'awaiting_second', 'approving', "
        "'approved', 'returned')",
        name="state",
    ),
    CheckConstraint("kind IN ('full', 'difference')", name="kind"),
    CheckConstraint("(kind = 'difference') = (base_cycle_id IS NOT NULL)", name="base_cycle"),
    CheckConstraint("kind = 'difference' OR leaving = 0", name="only_difference_ends"),
    CheckConstraint(
        "second_approved_by IS NULL OR (second_approved_by <> proposed_by AND "
        "second_approved_by <> verified_by AND second_approved_by <> approved_by)",
        name="second_approver_differs",
    ),
    CheckConstraint(
        "(guard IS NULL) = (grace_days IS NULL) AND "
        "(second_approved_by IS NULL) = (second_approved_at IS NULL)",
        name="guard_whole",
    ),
    # Whatever the guard stopped goes on only by a second person's signature.
    CheckConstraint(
        "state NOT IN ('approving', 'approved') OR guard IS NULL OR second_approved_by IS NOT NULL",
        name="second_signature",
    ),
    CheckConstraint("verified_by IS NULL OR verified_by <> proposed_by", name="verifier_differs"),
    CheckConstraint(
        "approved_by IS NULL OR (approved_by <> proposed_by AND approved_by <> verified_by)",
        name="approver_differs",
    ),
    CheckConstraint(
        "state NOT IN ('verified', 'awaiting_second', 'approving', 'approved') OR "
        "(verified_by IS NOT NULL AND verified_at IS NOT NULL AND content_hash IS NOT NULL)",
        name="verification_whole",
    ),
    CheckConstraint(
        "state NOT IN ('awaiting_second', 'approving', 'approved') OR (approved_by IS NOT NULL AND "
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
        postgresql_where=text(
            "state IN ('proposing', 'proposed', 'verified', 'awaiting_second', 'approving')"
        ),
    ),
)

list_members = Table(
    "list_members",
    metadata,
    Column("list_id", Uuid, ForeignKey("beneficiary_lists.id"), primary_key=True),
    Column("household_id", Uuid, primary_key=True),
    Column("region_code", String(13), nullable=False),
    # 'enter' and 'stay' (taken along into a new cycle) are enrolled, 'leave' is ended.
    Column("action", Text, nullable=False, server_default=text("'enter'")),
    # The decision that stood when the list was verified: the reason this family is on it.
    Column("decision_id", Uuid, nullable=False),
    CheckConstraint("action IN ('enter', 'stay', 'leave')", name="action"),
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
    CheckConstraint(
        "step IN ('proposed', 'verified', 'returned', 'approved', 'second_approved')", name="step"
    ),
    Index("ix_list_steps_list_id", "list_id"),
)

# Which family, cycle, list and decision never changes (a trigger); what may is its state, and each
# change of that is a row of `enrolment_steps`.
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
    Column("state", Text, nullable=False, server_default=text("'active'")),
    # Counts its states, so that a consumer knows which of two messages is the newer.
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("suspended_at", DateTime(timezone=True)),
    Column("suspend_reason", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("ended_by_list", Uuid, ForeignKey("beneficiary_lists.id")),
    Column("ended_by_change", Uuid),
    # Until when services and fees go on after the end.
    Column("grace_until", DateTime(timezone=True)),
    UniqueConstraint("household_id", "programme_id", "cycle_id", name="uq_enrolments_once_a_cycle"),
    CheckConstraint("state IN ('active', 'suspended', 'ended')", name="state"),
    CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL) AND "
        "(ended_at IS NULL) = (end_reason IS NULL) AND "
        "(ended_at IS NULL) = (num_nonnulls(ended_by_list, ended_by_change) = 0) AND "
        "(ended_at IS NOT NULL OR grace_until IS NULL)",
        name="end_whole",
    ),
    CheckConstraint(
        "(state = 'suspended') = (suspended_at IS NOT NULL) AND "
        "(suspended_at IS NULL) = (suspend_reason IS NULL)",
        name="suspension_whole",
    ),
    Index("ix_enrolments_list_id", "list_id", "id"),
    Index(
        "ix_enrolments_cycle_region",
        "cycle_id",
        "region_code",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
    Index(
        "ix_enrolments_ended",
        "ended_by_list",
        "id",
        postgresql_where=text("ended_by_list IS NOT NULL"),
    ),
)

# A member of an enrolled family with benefits of their own. Once in a cycle: whoever moves to
# another family meanwhile has had them already.
enrolled_persons = Table(
    "enrolled_persons",
    metadata,
    Column("cycle_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("enrolment_id", Uuid, ForeignKey("enrolments.id"), nullable=False),
    Column("benefit_ids", ARRAY(Uuid), nullable=False),
    PrimaryKeyConstraint("cycle_id", "person_id"),
    Index("ix_enrolled_persons_enrolment_id", "enrolment_id"),
)

# Append-only: every change of an enrolment's state after it began, by whom and why.
enrolment_steps = Table(
    "enrolment_steps",
    metadata,
    Column("enrolment_id", Uuid, ForeignKey("enrolments.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("step", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("list_id", Uuid),
    Column("change_id", Uuid),
    Column("person", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("step IN ('ended', 'suspended', 'resumed')", name="step"),
    CheckConstraint("num_nonnulls(list_id, change_id) = 1", name="cause"),
    CheckConstraint("version > 1", name="version"),
)

"""Requests of people about their data, what was erased, how long things are kept, and incidents.

No foreign keys to families and persons: a request outlives what it was about.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
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

from registry.schema import metadata


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


subject_requests = Table(
    "subject_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("household_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    # Who stood at the counter, as whom, and which proof of identity was looked at.
    Column("requester", Text, nullable=False),
    Column("requester_role", Text, nullable=False),
    Column("identity_seen", Text, nullable=False),
    Column("wish", Text, nullable=False),
    # A correction: which field, and what it should say, sealed until it is decided.
    Column("field", Text),
    Column("value_sealed", LargeBinary),
    Column("evidence", Text),
    _moment("received_at"),
    _moment("due_at"),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("outcome_reason", Text),
    Column("legal_ground", Text),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_by_name", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    _moment("decided_at", nullable=True),
    CheckConstraint(
        "kind IN ('copy', 'correction', 'restriction', 'objection', 'erasure')", name="kind"
    ),
    CheckConstraint("requester_role IN ('self', 'parent', 'proxy')", name="requester_role"),
    CheckConstraint(
        "identity_seen IN ('ktp', 'kk', 'birth_certificate', 'letter')", name="identity_seen"
    ),
    CheckConstraint("state IN ('open', 'done', 'refused')", name="state"),
    CheckConstraint(
        "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
        name="decision_whole",
    ),
    CheckConstraint(
        "kind NOT IN ('correction', 'erasure') OR decided_by IS NULL OR decided_by <> recorded_by",
        name="two_people",
    ),
    CheckConstraint("kind <> 'correction' OR field IS NOT NULL", name="correction_whole"),
    CheckConstraint("state <> 'refused' OR outcome_reason IS NOT NULL", name="refusal_has_reason"),
    CheckConstraint("received_at <= due_at", name="due_after_received"),
    Index("ix_subject_requests_open", "due_at", postgresql_where=text("state = 'open'")),
    Index("ix_subject_requests_household_id", "household_id"),
)

# That something was erased, when and under which rule: the record stays, the person does not.
tombstones = Table(
    "tombstones",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("household_id", Uuid, nullable=False),
    # The request or the retention rule under which it was erased.
    Column("request_id", Uuid),
    Column("record_kind", Text),
    Column("erased_by", Text, nullable=False),
    Column("erased_by_name", Text, nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("subject_kind IN ('person', 'household')", name="subject_kind"),
    CheckConstraint("(request_id IS NULL) <> (record_kind IS NULL)", name="one_cause"),
    Index("ix_tombstones_household_id", "household_id"),
)

retention_rules = Table(
    "retention_rules",
    metadata,
    Column("record_kind", Text, primary_key=True),
    Column("keep_days", Integer, nullable=False),
    Column("counted_from", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("keep_days >= 1", name="keep_days"),
)

privacy_incidents = Table(
    "privacy_incidents",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Whose account it was, or the one request; one of the two.
    Column("actor", Text),
    Column("request_ref", Text),
    _moment("seen_from"),
    _moment("seen_until"),
    _moment("discovered_at"),
    _moment("due_at"),
    Column("data_exposed", Text, nullable=False),
    Column("how_it_happened", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("families", Integer, nullable=False),
    Column("agency_told_on", Date),
    Column("people_told_on", Date),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_by_name", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("(actor IS NULL) <> (request_ref IS NULL)", name="one_culprit"),
    CheckConstraint("seen_from <= seen_until", name="in_order"),
    Index("ix_privacy_incidents_discovered_at", "discovered_at"),
)

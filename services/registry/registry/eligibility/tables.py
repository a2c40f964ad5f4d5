"""Programmes and what they give, criteria under a decree, decisions that are never rewritten."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

# A foreign key names a table of that module.
from registry.eligibility import overlap_tables  # noqa: F401
from registry.schema import metadata

programmes = Table(
    "programmes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name_id", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
)

benefits = Table(
    "benefits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, ForeignKey("programmes.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name_id", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("partner_kinds", ARRAY(Text), nullable=False),
    # Whose it is: the family's, or that of each of its members of such an age (and relation to
    # the head, where any is named) on the reference day, or else on the cycle's first day.
    Column("subject", Text, nullable=False, server_default=text("'household'")),
    Column("age_from", Integer),
    Column("age_to", Integer),
    Column("ages_on", Date),
    Column("relations", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    # What a balance may be spent on; empty where it does not matter.
    Column("goods_categories", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    UniqueConstraint("programme_id", "code"),
    CheckConstraint("subject IN ('household', 'person')", name="subject"),
    CheckConstraint(
        "subject = 'person' OR (num_nonnulls(age_from, age_to, ages_on) = 0 "
        "AND cardinality(relations) = 0)",
        name="members_of_persons_only",
    ),
    CheckConstraint("0 <= age_from AND age_from <= age_to AND age_to <= 150", name="ages"),
    CheckConstraint("kind = 'balance' OR cardinality(goods_categories) = 0", name="goods"),
    CheckConstraint("kind IN ('parcel', 'cash', 'balance', 'fee', 'service')", name="kind"),
    CheckConstraint("quantity >= 1 AND amount_rupiah >= 0", name="amounts"),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, ForeignKey("programmes.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    # The day whose facts are looked at; null means the day on which it is decided.
    Column("facts_on", Date),
    Column("budget_rupiah", BigInteger, nullable=False),
    UniqueConstraint("programme_id", "name"),
    CheckConstraint("opens_on <= closes_on", name="dates_in_order"),
    CheckConstraint("budget_rupiah >= 0", name="budget"),
)

criteria_versions = Table(
    "criteria_versions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_id", Uuid, ForeignKey("programmes.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("decree_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    # A fact whose period ended longer ago than this says nothing any more.
    Column("fact_age_days_max", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'draft'")),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_by_name", Text, nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("content_hash", LargeBinary),
    UniqueConstraint("programme_id", "version"),
    CheckConstraint("state IN ('draft', 'approved')", name="state"),
    CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="two_people"),
    CheckConstraint(
        "(state = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL "
        "AND content_hash IS NOT NULL)",
        name="approval_whole",
    ),
    CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="dates_in_order"),
    CheckConstraint("fact_age_days_max >= 0", name="fact_age"),
    # The version that started last counts: two cannot start on one day.
    Index(
        "uq_criteria_versions_start",
        "programme_id",
        "valid_from",
        unique=True,
        postgresql_where=text("state = 'approved'"),
    ),
)

criteria = Table(
    "criteria",
    metadata,
    Column("criteria_version_id", Uuid, ForeignKey("criteria_versions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    # Common Expression Language over the facts named in `rules.VARIABLES`.
    Column("expression", Text, nullable=False),
    Column("words_id", Text, nullable=False),
    Column("words_en", Text, nullable=False),
    Column("evidence_id", Text, nullable=False),
    Column("evidence_en", Text, nullable=False),
    UniqueConstraint("criteria_version_id", "code"),
)

# Families that are made up, with the outcome that the draft is meant to give.
criteria_examples = Table(
    "criteria_examples",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("criteria_version_id", Uuid, ForeignKey("criteria_versions.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("expected", Text, nullable=False),
    CheckConstraint("expected IN ('eligible', 'ineligible', 'needs_review')", name="expected"),
    Index("ix_criteria_examples_criteria_version_id", "criteria_version_id"),
)

# What criteria say about one combination of facts; thousands of families share a few hundred.
findings = Table(
    "findings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("criteria_version_id", Uuid, ForeignKey("criteria_versions.id"), nullable=False),
    # Null where no matrix was in force.
    Column("overlap_version_id", Uuid, ForeignKey("overlap_versions.id")),
    # The facts that the criteria name: {"decile": 2, "on_pkh": false, …}; unknown is null.
    Column("inputs", JSONB, nullable=False),
    Column("inputs_hash", LargeBinary, nullable=False),
    # [{"code": …, "outcome": "met" | "not_met" | "unknown"}]
    Column("outcomes", JSONB, nullable=False),
    Column("outcome", Text, nullable=False),
    UniqueConstraint(
        "criteria_version_id",
        "overlap_version_id",
        "inputs_hash",
        name="uq_findings_combination",
        postgresql_nulls_not_distinct=True,
    ),
    CheckConstraint("outcome IN ('eligible', 'ineligible', 'needs_review')", name="outcome"),
)

# Append-only. A newer decision supersedes an older one and leaves it as it was. Triggers say for
# all rows of a statement at once what foreign keys would ask for each: that findings and cycle
# are there, and that what is current is a decision of that family.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("findings_id", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    # The very facts and rosters that were used, by their ids in `facts` and `roster_loads`.
    Column("fact_ids", ARRAY(BigInteger), nullable=False),
    Column("roster_load_ids", ARRAY(BigInteger), nullable=False),
    Column("supersedes_id", Uuid),
    # A person who judged, with the reason; null when the criteria alone decided.
    Column("reviewed_by", Text),
    Column("reviewed_by_name", Text),
    Column("review_reason", Text),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("outcome IN ('eligible', 'ineligible', 'needs_review')", name="outcome"),
    CheckConstraint("(reviewed_by IS NULL) = (review_reason IS NULL)", name="review_has_reason"),
    CheckConstraint("review_reason IS NULL OR length(review_reason) >= 10", name="reason_length"),
    Index("ix_decisions_household_id", "household_id", "cycle_id"),
    Index(
        "uq_decisions_supersedes_id",
        "supersedes_id",
        unique=True,
        postgresql_where=text("supersedes_id IS NOT NULL"),
    ),
)

current_decisions = Table(
    "current_decisions",
    metadata,
    Column("cycle_id", Uuid, primary_key=True),
    Column("household_id", Uuid, primary_key=True),
    # No family has two: a trigger ties it to this cycle and family.
    Column("decision_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("outcome", Text, nullable=False),
    Index(
        "ix_current_decisions_region",
        "cycle_id",
        "region_code",
        "outcome",
        postgresql_ops={"region_code": "text_pattern_ops"},
    ),
)

# A letter to a family about one decision; a month from it, objections are taken.
decision_letters = Table(
    "decision_letters",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("decision_id", Uuid, ForeignKey("decisions.id"), nullable=False, unique=True),
    Column("household_id", Uuid, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_by_name", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_on", Date, nullable=False),
    Index("ix_decision_letters_household_id", "household_id"),
    Index("ix_decision_letters_region", "cycle_id", "region_code"),
)

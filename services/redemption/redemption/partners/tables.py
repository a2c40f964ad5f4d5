"""The tables of those who serve card holders: who they are, when open, and what was changed."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Time,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from redemption.partners.rules import CHANGES, KINDS, OUTCOMES, STATUSES, VILLAGE_CODE
from redemption.schema import metadata


def one_of(column: str, words: tuple[str, ...]) -> str:
    """Return the SQL condition that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


partners = Table(
    "partners",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    # NPSN of a school, BPJS or Kemenkes code of a clinic, and so on; empty where there is none.
    Column("outside_code", Text, nullable=False, server_default=""),
    # The village where it stands, which is not what it serves; empty where nobody has said it.
    Column("village_code", Text, nullable=False, server_default=""),
    # The regions whose families it may serve.
    Column("region_codes", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # What it may give: "PANGAN" (a programme) or "PANGAN/BERAS" (one benefit of it); empty is
    # whatever its kind gives.
    Column("benefit_codes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    # The first and the last day of its contract; empty is without limit.
    Column("contract_from", Date),
    Column("contract_until", Date),
    # Bank, holder and number, sealed: where a settlement is paid to.
    Column("account_sealed", LargeBinary),
    # Counts the changes, so that a form shows when it was filled in over an older state.
    Column("version", Integer, nullable=False, server_default=text("1")),
    # Who put it forward and who activated it; empty for those of before the rule of two people.
    Column("proposed_by", Text),
    Column("proposed_by_name", Text),
    Column("activated_by", Text),
    Column("activated_by_name", Text),
    Column("activated_at", DateTime(timezone=True)),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint(one_of("status", STATUSES), name="status"),
    CheckConstraint("cardinality(region_codes) > 0", name="serves_somewhere"),
    CheckConstraint(f"village_code ~ '{VILLAGE_CODE}'", name="village_code"),
    CheckConstraint("contract_until >= contract_from", name="contract_in_order"),
    CheckConstraint("activated_by <> proposed_by", name="activated_by_another"),
    CheckConstraint(
        "status IN ('proposed', 'ended') OR proposed_by IS NULL OR activated_by IS NOT NULL",
        name="serves_once_activated",
    ),
)

# When it is open, by ISO weekday (1 is Monday), on the clocks of the province (WIB). Oversight
# compares redemptions with it; a partner without hours has not told them.
partner_hours = Table(
    "partner_hours",
    metadata,
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("opens_at", Time, nullable=False),
    Column("closes_at", Time, nullable=False),
    PrimaryKeyConstraint("partner_id", "weekday"),
    CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
    CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
)

# The accounts of the issuer that belong to a partner, as they were last seen here.
partner_operators = Table(
    "partner_operators",
    metadata,
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("partner_id", "subject"),
)

# Every change to a partner: what it was, what it was to be, who asked and who decided. What gives
# rights or moves money waits for a second person; the rest is written down as decided at once.
partner_changes = Table(
    "partner_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner_id", Uuid, ForeignKey("partners.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # By field; never the bank account, which is in `account_sealed` and named here by its mask.
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("account_sealed", LargeBinary),
    Column("reason", Text, nullable=False, server_default=""),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_name", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision_reason", Text, nullable=False, server_default=""),
    CheckConstraint(one_of("kind", CHANGES), name="kind"),
    CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    CheckConstraint(
        "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
        name="decision_is_whole",
    ),
    CheckConstraint(
        "outcome <> 'approved' OR decided_by <> proposed_by", name="approved_by_another"
    ),
    CheckConstraint(
        "outcome <> 'at_once' OR kind IN ('details', 'suspend', 'end')", name="at_once_only_some"
    ),
    CheckConstraint("(kind = 'account') = (account_sealed IS NOT NULL)", name="account_is_sealed"),
    Index("ix_partner_changes_partner_id", "partner_id", "proposed_at"),
    # One at a time waits for a decision, or two people could approve two halves.
    Index(
        "uq_partner_changes_waiting",
        "partner_id",
        "kind",
        unique=True,
        postgresql_where=text("outcome IS NULL"),
    ),
)

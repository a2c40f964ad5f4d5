"""What terminals wrote without network, as it came, and what became of each line.

Segments, marks, conflicts and their judgements are append-only: what was said stays said.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from redemption.schema import metadata

# A terminal has one journal that is open; after a quarantine it begins another.
journals = Table(
    "journals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("terminal_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("last_sequence", Integer, nullable=False),
    # Hex SHA-256 of the last line that was taken.
    Column("last_hash", String(64), nullable=False),
    Column("last_received_at", DateTime(timezone=True)),
    Column("quarantined_at", DateTime(timezone=True)),
    CheckConstraint("last_sequence >= 0 AND length(last_hash) = 64", name="head"),
    Index(
        "uq_journals_open",
        "terminal_id",
        unique=True,
        postgresql_where=text("quarantined_at IS NULL"),
    ),
    Index("ix_journals_terminal_id", "terminal_id", "started_at"),
)

# A stretch of lines as it was taken. The text of every line and its signature are sealed for
# "journal_segments.lines:<journal_id>:<first_sequence>", so that each is provable by itself.
journal_segments = Table(
    "journal_segments",
    metadata,
    Column("journal_id", Uuid, ForeignKey("journals.id"), nullable=False),
    Column("first_sequence", Integer, nullable=False),
    Column("last_sequence", Integer, nullable=False),
    # As the terminal called it.
    Column("segment_id", Uuid, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    # One of each per line, in their order: 32 bytes of hash, the id of the act, and the code of
    # the conflict, or an empty text for an accepted line.
    Column("hashes", LargeBinary, nullable=False),
    Column("act_ids", ARRAY(Uuid), nullable=False),
    Column("codes", ARRAY(Text), nullable=False),
    Column("sealed_lines", LargeBinary, nullable=False),
    PrimaryKeyConstraint("journal_id", "first_sequence"),
    CheckConstraint(
        "last_sequence - first_sequence + 1 = cardinality(act_ids) "
        "AND cardinality(act_ids) = cardinality(codes) "
        "AND octet_length(hashes) = 32 * cardinality(codes)",
        name="whole",
    ),
)

# What was noted on an accepted line: late, outside of the policy, a card that was blocked; or on a
# reversal, by its own id: that who undid it is the phone's word.
line_marks = Table(
    "line_marks",
    metadata,
    Column("redemption_id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("terminal_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    Column("marks", ARRAY(Text), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("cardinality(marks) > 0", name="says_something"),
    Index("ix_line_marks_partner_id", "partner_id", "noted_at"),
)

# A line that could not be accepted. It takes nothing from any right.
conflicts = Table(
    "conflicts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("act_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("journal_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("terminal_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    Column("partner_name", Text, nullable=False),
    # Of the family where it is known, otherwise the first that the partner serves.
    Column("region_code", String(13), nullable=False),
    Column("household_id", Uuid),
    Column("subject_id", Uuid),
    Column("entitlement_id", Uuid),
    Column("cycle_id", Uuid, nullable=False),
    Column("benefit_id", Uuid, nullable=False),
    Column("card_id", String(16)),
    Column("card_reading", Text, nullable=False),
    Column("holder_check", Text, nullable=False),
    Column("lease_id", Uuid),
    # What was given, and what it is worth.
    Column("quantity", Integer, nullable=False),
    Column("amount_rupiah", BigInteger, nullable=False),
    Column("goods_category", Text),
    Column("operator", Text, nullable=False),
    Column("operator_name", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("code", Text, nullable=False),
    # Facts for the words of the code.
    Column("facts", JSONB, nullable=False),
    # Whether the terminal kept to its lease or to the policy: what the rule says before a person.
    Column("is_owed", Boolean, nullable=False),
    # What the rule was given: the right, the lease and the policy as they were at that moment.
    Column("evidence", JSONB, nullable=False),
    Column("rule_version", Integer, nullable=False),
    CheckConstraint("kind IN ('redemption', 'reversal')", name="kind"),
    CheckConstraint("quantity >= 0 AND amount_rupiah >= 0", name="amounts"),
    Index("ix_conflicts_act_id", "act_id"),
    Index("ix_conflicts_partner_id", "partner_id", "received_at"),
    Index("ix_conflicts_received_at", "received_at"),
    Index("ix_conflicts_journal_id", "journal_id", "sequence"),
    Index("ix_conflicts_household_id", "household_id", "cycle_id", "benefit_id"),
)

conflict_judgements = Table(
    "conflict_judgements",
    metadata,
    Column("conflict_id", Uuid, ForeignKey("conflicts.id"), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # Who gave, copied from the conflict: nobody judges an own act.
    Column("operator", Text, nullable=False),
    Column("judged_by", Text, nullable=False),
    Column("judged_by_name", Text, nullable=False),
    Column("judged_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("outcome IN ('owed', 'not_owed', 'written_off')", name="outcome"),
    CheckConstraint("judged_by <> operator", name="another_person"),
    Index("ix_conflict_judgements_judged_at", "judged_at"),
)

# A journal that broke, until a person has looked at it. What comes after the answer is another one.
quarantines = Table(
    "quarantines",
    metadata,
    Column("id", Uuid, primary_key=True),
    # As the lines named it; it may be nobody's, or another terminal's.
    Column("journal_id", Uuid, nullable=False),
    Column("terminal_id", Uuid, nullable=False),
    Column("partner_id", Uuid, nullable=False),
    Column("partner_name", Text, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    # Who signed in when its lines were written or sent: none of them reviews it.
    Column("operators", ARRAY(Text), nullable=False),
    Column("outcome", Text),
    Column("review_id", Uuid, unique=True),
    Column("review_reason", Text),
    Column("reviewed_by", Text),
    Column("reviewed_by_name", Text),
    Column("reviewed_at", DateTime(timezone=True)),
    CheckConstraint("outcome IN ('released', 'refused')", name="outcome"),
    CheckConstraint(
        "num_nulls(outcome, review_id, review_reason, reviewed_by, reviewed_by_name, reviewed_at) "
        "IN (0, 6)",
        name="review_is_whole",
    ),
    CheckConstraint("reviewed_by <> ALL (operators)", name="another_person"),
    Index(
        "uq_quarantines_open",
        "terminal_id",
        "journal_id",
        unique=True,
        postgresql_where=text("outcome IS NULL"),
    ),
    Index("ix_quarantines_opened_at", "opened_at"),
)

# Segments that were put aside, whole: sealed for "quarantined_segments.lines:<id>".
quarantined_segments = Table(
    "quarantined_segments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("quarantine_id", Uuid, ForeignKey("quarantines.id"), nullable=False),
    Column("terminal_id", Uuid, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("segment_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    # SHA-256 over the segment: the same one again is not kept twice.
    Column("digest", LargeBinary, nullable=False),
    Column("sealed_lines", LargeBinary, nullable=False),
    CheckConstraint("lines > 0", name="has_lines"),
    Index("uq_quarantined_segments_digest", "terminal_id", "digest", unique=True),
    Index("uq_quarantined_segments_nth", "quarantine_id", "nth", unique=True),
)

APPEND_ONLY = (
    "journal_segments",
    "line_marks",
    "conflicts",
    "conflict_judgements",
    "quarantined_segments",
)

"""Households as far as a card needs them, their cards, and every change of every card."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

from issuance.cards.rules import ALLOWED, ENDED_STATES, STATES, VALID_STATES
from issuance.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _unique_where_set(name: str, column: str) -> Index:
    # Without the many rows that have none, whose entries each step of a card would write anew.
    return Index(name, column, unique=True, postgresql_where=text(f"{column} IS NOT NULL"))


_PAIRS = ", ".join(f"('{old}', '{new}')" for old, new in ALLOWED)
_SIGNED = "kid, list_number, status_index, sealed_token, issued_at, expires_at"
PLACE = r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$"
HOLDS_THE_PLACE = text(f"state IN ({_quoted(VALID_STATES)})")

beneficiary_lists = Table(
    "beneficiary_lists",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("programme_code", Text, nullable=False),
    Column("programme_name_id", Text, nullable=False),
    Column("programme_name_en", Text, nullable=False),
    Column("decree_number", Text, nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
)

card_households = Table(
    "card_households",
    metadata,
    Column("household_id", Uuid, primary_key=True),
    # What tokens carry instead of an id: random, so that it leads nowhere without this table.
    Column("pseudonym", String(13), nullable=False, unique=True),
    Column("region_code", String(13), nullable=False),
    # Sealed, context "card_households.head_name:<household_id>".
    Column("sealed_head_name", LargeBinary, nullable=False),
    # When the registry said so: an older message never overwrites a younger one.
    Column("told_at", DateTime(timezone=True), nullable=False),
    # Blind index of the KK number, by which the desk finds the family; the number is not kept.
    Column("kk_index", LargeBinary),
    Index("ix_card_households_region_code", "region_code"),
    Index(
        "ix_card_households_kk_index",
        "kk_index",
        postgresql_where=text("kk_index IS NOT NULL"),
    ),
)

# Why a household has a card. The list may arrive after its enrolments, so it is not referenced.
card_grounds = Table(
    "card_grounds",
    metadata,
    Column("household_id", Uuid, ForeignKey("card_households.household_id"), primary_key=True),
    Column("list_id", Uuid, primary_key=True),
    Column("enrolment_id", Uuid, nullable=False),
)

# What was last said of an enrolment after its approval; without a row it runs. It may be heard
# before the approval, so the household is not referenced.
enrolment_standings = Table(
    "enrolment_standings",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("standing", Text, nullable=False),
    # When the last of what it gives is over.
    Column("ends_at", DateTime(timezone=True)),
    CheckConstraint("standing IN ('running', 'suspended', 'ended')", name="standing"),
    CheckConstraint("(standing = 'ended') = (ends_at IS NOT NULL)", name="end_has_time"),
    Index("ix_enrolment_standings_household_id", "household_id"),
)

# The last change in a family's life that was heard of, and whether its card waits to be replaced.
card_household_changes = Table(
    "card_household_changes",
    metadata,
    Column("household_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("card_action", Text, nullable=False),
    Column("replace_asked_at", DateTime(timezone=True)),
    CheckConstraint("card_action IN ('none', 'reissue', 'revoke')", name="card_action"),
)

# Families that are looked at again although nothing is heard of them: on the day a grace ends, or
# until a card that was ordered while they wait is signed.
unsettled_households = Table(
    "unsettled_households",
    metadata,
    Column("household_id", Uuid, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Index("ix_unsettled_households_due_at", "due_at"),
)

cards = Table(
    "cards",
    metadata,
    # 8 random bytes, hex; the token's cti and, in base32, the printed number.
    Column("card_id", String(16), primary_key=True),
    Column("household_id", Uuid, ForeignKey("card_households.household_id"), nullable=False),
    Column("region_code", String(13), nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("replaces_card_id", String(16), ForeignKey("cards.card_id")),
    Column("ordered_at", DateTime(timezone=True), nullable=False),
    Column("kid", Text),
    Column("list_number", Integer),
    Column("status_index", Integer),
    # The QR's COSE_Sign1, sealed because the name is in it; context "cards.token:<card_id>".
    Column("sealed_token", LargeBinary),
    Column("issued_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    UniqueConstraint("list_number", "status_index", name="uq_cards_status_place"),
    CheckConstraint("card_id ~ '^[0-9a-f]{16}$'", name="card_id"),
    CheckConstraint(
        f"(num_nulls({_SIGNED}) = 6 AND state IN ('ordered', 'revoked'))"
        f" OR (num_nulls({_SIGNED}) = 0 AND state <> 'ordered')",
        name="signed_whole",
    ),
    # A card's state is the last line of its history, or the transaction does not commit.
    ForeignKeyConstraint(
        ["card_id", "version", "state"],
        ["card_changes.card_id", "card_changes.version", "card_changes.state"],
        name="fk_cards_last_change",
        deferrable=True,
        initially="DEFERRED",
    ),
    Index(
        "uq_cards_one_valid_per_household",
        "household_id",
        unique=True,
        postgresql_where=HOLDS_THE_PLACE,
    ),
    _unique_where_set("uq_cards_replaces_card_id", "replaces_card_id"),
    Index("ix_cards_to_sign", "ordered_at", postgresql_where=text("state = 'ordered'")),
    Index("ix_cards_household_id", "household_id"),
    Index("ix_cards_region_state", "region_code", "state"),
    # What waits for people at a desk: few of all cards.
    Index(
        "ix_cards_waiting_for_people",
        "state",
        "region_code",
        postgresql_where=text("state IN ('at_desk', 'blocked')"),
    ),
    # What a stolen key leaves to replace; asked for ever, and nothing once all is done.
    Index(
        "ix_cards_living_of_key",
        "kid",
        postgresql_where=text(
            "kid IS NOT NULL AND state NOT IN ('replaced', 'revoked', 'expired')"
        ),
    ),
)

# Append-only. Each line follows the one before it, by a constraint; that who unblocks is not who
# blocked, and that a card comes back to where it was, are triggers (migrations 0002, 0005).
card_changes = Table(
    "card_changes",
    metadata,
    Column("card_id", String(16), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("old_state", Text),
    Column("old_version", Integer, Computed("nullif(version - 1, 0)", persisted=True)),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    # Subject of the person, or the name of the process, that did it.
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    # Region code of where it happened: the desk of a person, the card's own for a process.
    Column("place", String(13), nullable=False),
    # The client's id of the act: the same act twice is the same line.
    Column("change_id", Uuid),
    _unique_where_set("uq_card_changes_change_id", "change_id"),
    # A person's own acts of a day; what batches and processes do has no id of an act.
    Index("ix_card_changes_acts", "actor", "at", postgresql_where=text("change_id IS NOT NULL")),
    UniqueConstraint("card_id", "version", "state", name="uq_card_changes_state"),
    ForeignKeyConstraint(
        ["card_id", "old_version", "old_state"],
        ["card_changes.card_id", "card_changes.version", "card_changes.state"],
        name="fk_card_changes_follows",
    ),
    CheckConstraint(f"state IN ({_quoted(STATES)})", name="state"),
    CheckConstraint(
        f"(version = 1 AND state = 'ordered' AND old_state IS NULL)"
        f" OR (version > 1 AND (old_state, state) IN ({_PAIRS}))",
        name="transition",
    ),
    CheckConstraint(
        f"reason <> '' OR state NOT IN ({_quoted(('blocked', *ENDED_STATES))})", name="has_reason"
    ),
    CheckConstraint(f"place ~ '{PLACE}'", name="place"),
)

# A replacement beyond what one clerk may give alone, asked for by one and confirmed by another.
replacement_requests = Table(
    "replacement_requests",
    metadata,
    # The client's id of the act; the card's last line of history has it too.
    Column("request_id", Uuid, primary_key=True),
    Column("card_id", String(16), ForeignKey("cards.card_id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("place", String(13), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_by_name", Text, nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("confirmed_by", Text),
    Column("confirmed_by_name", Text),
    CheckConstraint("confirmed_by <> asked_by", name="another_person"),
    CheckConstraint(
        "num_nulls(confirmed_at, confirmed_by, confirmed_by_name) IN (0, 3)", name="confirmed_whole"
    ),
    Index(
        "uq_replacement_requests_open",
        "card_id",
        unique=True,
        postgresql_where=text("confirmed_at IS NULL"),
    ),
)

"""Every step of a card on its way to a family, where it was taken, and when a card counts.

Until now a card counted from its signature. From here on it counts once it was handed over, so
that every card that is signed or printed and not yet in a family's hands becomes not active: in the
status list, and by events to redemption. Cards that are active stay so, and one that was left
between "handed over" and "active" becomes active, because its family has it. The registry, which
shows where a family's card is from now on, is told where each one stands.

From here on a card is given from a desk only, which it reaches by being counted and received. What
was printed before was never counted, and cannot be any more: some cards of each file are with their
families. It lies where the older program gave it away, at the desks, so it becomes "at_desk" with a
reason that says so; one that is blocked meanwhile follows once it is unblocked (printing.release).
A box that is still on its way is counted by hand before its cards are given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The states and steps of this migration's day; issuance.cards.rules has those of today.
OLD_VALID = ("ordered", "signed", "printed", "handed_over", "active", "blocked")
OLD_STEPS = {
    "ordered": ("signed", "revoked"),
    "signed": ("printed", "blocked", "replaced", "revoked", "expired"),
    "printed": ("handed_over", "blocked", "replaced", "revoked", "expired"),
    "handed_over": ("active", "blocked", "replaced", "revoked", "expired"),
    "active": ("blocked", "replaced", "revoked", "expired"),
    "blocked": (
        "signed",
        "printed",
        "handed_over",
        "active",
        "replaced",
        "revoked",
        "expired",
    ),
}
ENDED = ("replaced", "revoked", "expired")
VALID = (
    "ordered",
    "signed",
    "in_print",
    "printed",
    "at_desk",
    "handed_over",
    "active",
    "blocked",
)
STEPS = {
    "ordered": ("signed", "revoked"),
    "signed": ("in_print", "blocked", *ENDED),
    "in_print": ("signed", "printed", "blocked", *ENDED),
    "printed": ("at_desk", "blocked", *ENDED),
    "at_desk": ("handed_over", "blocked", *ENDED),
    "handed_over": ("active", "blocked", *ENDED),
    "active": ("blocked", *ENDED),
    "blocked": (
        "signed",
        "in_print",
        "printed",
        "at_desk",
        "handed_over",
        "active",
        *ENDED,
    ),
}
# The history of before has steps that are not lawful any more: it stays as it is, unchecked.
IS_ALL_LAWFUL = "SELECT NOT EXISTS (SELECT 1 FROM card_changes WHERE NOT ({check}))"

UNBLOCKED_BY_ANOTHER = """
CREATE TRIGGER unblocked_by_another BEFORE INSERT ON card_changes FOR EACH ROW
WHEN (NEW.old_state = 'blocked' AND NEW.state {states})
EXECUTE FUNCTION refuse_unblock_by_the_same()
"""
UNBLOCKED_TO_WHERE_IT_WAS_FUNCTION = """
CREATE FUNCTION refuse_unblock_to_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM card_changes WHERE card_id = NEW.card_id
                   AND version = NEW.version - 1 AND old_state = NEW.state) THEN
        RAISE EXCEPTION 'an unblocked card comes back to where it was'
            USING ERRCODE = '23514', CONSTRAINT = 'unblocked_to_where_it_was';
    END IF;
    RETURN NEW;
END $$
"""
UNBLOCKED_TO_WHERE_IT_WAS = """
CREATE TRIGGER unblocked_to_where_it_was BEFORE INSERT ON card_changes FOR EACH ROW
WHEN (NEW.old_state = 'blocked' AND NEW.state NOT IN ('replaced', 'revoked', 'expired'))
EXECUTE FUNCTION refuse_unblock_to_elsewhere()
"""

# A family's fourth lost, stolen or damaged card within a year is replaced by two people.
REPLACEMENT_CONFIRMED_FUNCTION = """
CREATE FUNCTION refuse_replacement_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM cards this JOIN cards other USING (household_id)
            JOIN card_changes line ON line.card_id = other.card_id
        WHERE this.card_id = NEW.card_id AND line.state = 'replaced'
              AND line.reason IN ('lost', 'stolen', 'damaged')
              AND line.at > NEW.at - interval '365 days') >= 3
       AND NOT EXISTS (SELECT 1 FROM replacement_requests
                       WHERE request_id = NEW.change_id AND card_id = NEW.card_id
                             AND reason = NEW.reason AND confirmed_by IS NOT NULL) THEN
        RAISE EXCEPTION 'this replacement needs another person'
            USING ERRCODE = '23514', CONSTRAINT = 'replacement_confirmed';
    END IF;
    RETURN NEW;
END $$
"""
REPLACEMENT_CONFIRMED = """
CREATE TRIGGER replacement_confirmed BEFORE INSERT ON card_changes FOR EACH ROW
WHEN (NEW.state = 'replaced' AND NEW.reason IN ('lost', 'stolen', 'damaged'))
EXECUTE FUNCTION refuse_replacement_by_one()
"""
MARK_EVERYBODY = """
    INSERT INTO unsettled_households (household_id, due_at)
    SELECT household_id, now() FROM enrolment_standings
    UNION SELECT household_id, now() FROM card_household_changes
"""

FILL_PLACE = """
    UPDATE card_changes SET place = cards.region_code,
        reason = CASE WHEN card_changes.reason = '' AND card_changes.state = 'expired' THEN 'over'
                      ELSE card_changes.reason END
    FROM cards WHERE cards.card_id = card_changes.card_id
"""
FINISH_HAND_OVERS = """
    WITH moved AS (
        UPDATE cards SET state = 'active', version = version + 1 WHERE state = 'handed_over'
        RETURNING card_id, version, region_code
    )
    INSERT INTO card_changes
        (card_id, version, state, old_state, actor, actor_name, reason, place)
    SELECT card_id, version, 'active', 'handed_over', 'migration', 'migration', 'in_hand',
           region_code
    FROM moved
"""
BRING_TO_DESKS = """
    WITH moved AS (
        UPDATE cards SET state = 'at_desk', version = version + 1 WHERE state = 'printed'
        RETURNING card_id, version, region_code
    )
    INSERT INTO card_changes
        (card_id, version, state, old_state, actor, actor_name, reason, place)
    SELECT card_id, version, 'at_desk', 'printed', 'migration', 'migration',
           'printed_before_counts', region_code
    FROM moved
"""
WAITING = "state IN ('signed', 'at_desk') AND list_number IS NOT NULL"
STATUS_ENTRIES = f"""
    INSERT INTO status_entries (list_number, index, status)
    SELECT list_number, status_index, 3 FROM cards WHERE {WAITING}
    ON CONFLICT (list_number, index) DO UPDATE SET status = 3, changed_at = now()
"""  # noqa: S608
STATUS_VERSIONS = f"""
    UPDATE status_lists SET version = version + 1
    WHERE number IN (SELECT list_number FROM cards WHERE {WAITING})
"""  # noqa: S608
# The envelope of an event, as common.events.enclose makes it.
_ENVELOPE = """jsonb_build_object(
    'specversion', '1.0', 'id', event_id, 'source', 'issuance', 'type', '{event_type}',
    'subject', subject, 'time', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'datacontenttype', 'application/json', 'sequence', sequence, 'data', data)::text"""
_PUBLISH = """
    INSERT INTO outbox (event_id, event_type, subject, envelope)
    SELECT event_id, '{event_type}', subject, {envelope} FROM ({told}) AS told
"""
_NOT_ACTIVE = f"""
    SELECT gen_random_uuid() AS event_id, 'card:' || card_id AS subject, version AS sequence,
           jsonb_build_object('card_id', card_id, 'household_id', household_id,
               'status', 'not_active', 'reason', 'not_handed_over', 'changed_at', now()) AS data
    FROM cards WHERE {WAITING}
"""  # noqa: S608
_STEPS = """
    SELECT gen_random_uuid() AS event_id, 'cards:' || gen_random_uuid() AS subject, 0 AS sequence,
           jsonb_build_object('changed_at', now(), 'steps', jsonb_agg(jsonb_build_object(
               'card_id', card_id, 'household_id', household_id, 'region_code', place,
               'version', version, 'state', state, 'reason', reason))) AS data
    FROM (SELECT c.card_id, c.household_id, c.version, c.state, last.place, last.reason,
                 (row_number() OVER (ORDER BY c.card_id) - 1) / 500 AS batch
          FROM cards c JOIN card_changes last USING (card_id, version)) AS every_card
    GROUP BY batch
"""


def _tell(event_type: str, told: str) -> str:
    return _PUBLISH.format(
        event_type=event_type, envelope=_ENVELOPE.format(event_type=event_type), told=told
    )


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def upgrade() -> None:
    op.add_column("card_changes", sa.Column("place", sa.String(length=13), nullable=True))
    op.execute("ALTER TABLE card_changes DISABLE TRIGGER card_changes_append_only")
    op.execute(FILL_PLACE)
    op.execute("ALTER TABLE card_changes ENABLE TRIGGER card_changes_append_only")
    op.alter_column("card_changes", "place", nullable=False)
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    set_states(VALID, STEPS)
    op.create_check_constraint(
        op.f("ck_card_changes_has_reason"),
        "card_changes",
        "reason <> '' OR state NOT IN ('blocked', 'replaced', 'revoked', 'expired')",
    )
    op.create_check_constraint(
        op.f("ck_card_changes_place"),
        "card_changes",
        r"place ~ '^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$'",
    )
    op.create_index(
        "ix_card_changes_own_work",
        "card_changes",
        ["actor", "at"],
        postgresql_where=sa.text("change_id IS NOT NULL"),
    )
    op.execute("DROP TRIGGER unblocked_by_another ON card_changes")
    op.execute(UNBLOCKED_BY_ANOTHER.format(states=f"NOT IN ({_quoted(ENDED)})"))
    op.execute(UNBLOCKED_TO_WHERE_IT_WAS_FUNCTION)
    op.execute(UNBLOCKED_TO_WHERE_IT_WAS)
    create_unsettled_households()
    create_replacement_requests()
    op.execute(REPLACEMENT_CONFIRMED_FUNCTION)
    op.execute(REPLACEMENT_CONFIRMED)
    op.execute(MARK_EVERYBODY)
    op.execute(FINISH_HAND_OVERS)
    op.execute(BRING_TO_DESKS)
    op.execute(STATUS_ENTRIES)
    op.execute(STATUS_VERSIONS)
    op.execute(_tell("card.status_changed.v1", _NOT_ACTIVE))
    op.execute(_tell("cards.state_changed.v1", _STEPS))


def downgrade() -> None:
    # Refused while a card is or was in a state that the older program does not know.
    op.execute("DROP TRIGGER replacement_confirmed ON card_changes")
    op.execute("DROP FUNCTION refuse_replacement_by_one()")
    op.drop_table("replacement_requests")
    op.drop_table("unsettled_households")
    op.execute("DROP TRIGGER unblocked_to_where_it_was ON card_changes")
    op.execute("DROP FUNCTION refuse_unblock_to_elsewhere()")
    op.execute("DROP TRIGGER unblocked_by_another ON card_changes")
    op.execute(
        UNBLOCKED_BY_ANOTHER.format(states="IN ('signed', 'printed', 'handed_over', 'active')")
    )
    op.drop_index("ix_card_changes_own_work", "card_changes")
    op.drop_constraint(op.f("ck_card_changes_has_reason"), "card_changes")
    set_states(OLD_VALID, OLD_STEPS)
    # With its constraint.
    op.drop_column("card_changes", "place")


def create_unsettled_households() -> None:
    op.create_table(
        "unsettled_households",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_unsettled_households")),
    )
    op.create_index("ix_unsettled_households_due_at", "unsettled_households", ["due_at"])


def create_replacement_requests() -> None:
    op.create_table(
        "replacement_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=13), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by <> asked_by", name=op.f("ck_replacement_requests_another_person")
        ),
        sa.CheckConstraint(
            "num_nulls(confirmed_at, confirmed_by, confirmed_by_name) IN (0, 3)",
            name=op.f("ck_replacement_requests_confirmed_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_replacement_requests_card_id_cards")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_replacement_requests")),
    )
    op.create_index(
        "uq_replacement_requests_open",
        "replacement_requests",
        ["card_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )


def set_states(valid: tuple[str, ...], steps: dict[str, tuple[str, ...]]) -> None:
    """Let cards have these states and steps, and no others from now on."""
    pairs = ", ".join(f"('{old}', '{new}')" for old, after in steps.items() for new in after)
    op.drop_constraint(op.f("ck_card_changes_state"), "card_changes")
    op.create_check_constraint(
        op.f("ck_card_changes_state"), "card_changes", f"state IN ({_quoted((*valid, *ENDED))})"
    )
    lawful = (
        "(version = 1 AND state = 'ordered' AND old_state IS NULL)"
        f" OR (version > 1 AND (old_state, state) IN ({pairs}))"
    )
    name = "ck_card_changes_transition"
    op.drop_constraint(op.f(name), "card_changes")
    op.create_check_constraint(op.f(name), "card_changes", lawful, postgresql_not_valid=True)
    if op.get_bind().scalar(sa.text(IS_ALL_LAWFUL.format(check=lawful))):
        op.execute(f"ALTER TABLE card_changes VALIDATE CONSTRAINT {name}")
    op.drop_index("uq_cards_one_valid_per_household", "cards")
    op.create_index(
        "uq_cards_one_valid_per_household",
        "cards",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text(f"state IN ({_quoted(valid)})"),
    )

"""Every SQL statement about enrolments that wait or end, and families whose life changes."""

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from issuance.cards.rules import IN_USE, VALID_STATES
from issuance.cards.tables import card_household_changes

_VALID = ", ".join(f"'{state}'" for state in VALID_STATES)
_IN_USE = ", ".join(f"'{state}'" for state in IN_USE)

# An older word about an enrolment never replaces a newer one.
NOTE_STANDING = text("""
    INSERT INTO enrolment_standings AS known
        (enrolment_id, household_id, version, standing, ends_at)
    VALUES (:enrolment_id, :household_id, :version, :standing, :ends_at)
    ON CONFLICT (enrolment_id) DO UPDATE SET
        version = excluded.version, standing = excluded.standing, ends_at = excluded.ends_at
    WHERE known.version < excluded.version
""")
_CHANGE = upsert(card_household_changes)
NOTE_CHANGE = _CHANGE.on_conflict_do_update(
    index_elements=["household_id"],
    set_={name: _CHANGE.excluded[name] for name in ("sequence", "kind", "card_action")},
    where=card_household_changes.c.sequence < _CHANGE.excluded.sequence,
).returning(card_household_changes.c.household_id)
ASK_REPLACEMENT = (
    update(card_household_changes)
    .where(card_household_changes.c.household_id == bindparam("id"))
    .values(replace_asked_at=bindparam("at"))
)
CHANGE_OF = select(card_household_changes).where(
    card_household_changes.c.household_id == bindparam("household_id")
)
# The card that a family has is looked after where the family lives now.
FOLLOW = text(f"""
    UPDATE cards SET region_code = :region_code
    WHERE household_id = :household_id AND state IN ({_VALID}) AND region_code <> :region_code
""")  # noqa: S608
# Families are settled one worker at a time: what was heard meanwhile is then seen.
LOCK_SETTLING = text("SELECT pg_advisory_xact_lock(620030)")
# Whether anything gives a family a right to a card now, and what its card is.
_FAMILIES = """
    WITH families AS (
        SELECT g.household_id, coalesce(ch.kind, '') AS kind,
               coalesce(ch.card_action = 'revoke', false) AS has_left,
               bool_or(coalesce(s.standing, 'running') = 'running'
                       OR (s.standing = 'ended' AND s.ends_at > :now)) AS runs,
               bool_or(coalesce(s.standing, 'running') = 'suspended') AS waits
        FROM card_grounds g
        LEFT JOIN enrolment_standings s ON s.enrolment_id = g.enrolment_id
        LEFT JOIN card_household_changes ch ON ch.household_id = g.household_id
        WHERE {whose} GROUP BY 1, 2, 3
    ), judged AS (
        SELECT household_id, CASE WHEN has_left THEN kind ELSE 'enrolment_ended' END AS end_reason,
               CASE WHEN has_left THEN 'over' WHEN runs THEN 'runs' WHEN waits THEN 'waits'
                    ELSE 'over' END AS standing
        FROM families
    )
"""
_CARDS = f"""
    SELECT f.household_id, f.standing, f.end_reason, c.card_id, c.state, c.version
    FROM judged f
    JOIN LATERAL (
        SELECT card_id, state, version FROM cards WHERE cards.household_id = f.household_id
        ORDER BY (state IN ({_VALID})) DESC, ordered_at DESC, card_id LIMIT 1) c ON true
    JOIN card_changes last ON last.card_id = c.card_id AND last.version = c.version
    WHERE (f.standing = 'runs' AND c.state IN ('blocked', 'revoked') AND last.actor = 'registry')
       OR (f.standing = 'waits' AND c.state IN ({_IN_USE}))
       OR (f.standing = 'over' AND c.state IN ({_VALID}))
    ORDER BY f.household_id
"""  # noqa: S608 - the states are constants of the code
UNSETTLED_OF = text(
    _FAMILIES.format(whose="g.household_id = ANY(CAST(:household_ids AS uuid[]))") + _CARDS
)
# When a family must be looked at again although nothing is heard of it.
DUE = text("""
    SELECT household_id FROM unsettled_households WHERE due_at <= :now ORDER BY due_at LIMIT :rows
""")
MARK = text("""
    INSERT INTO unsettled_households AS known (household_id, due_at) VALUES (:household_id, :at)
    ON CONFLICT (household_id) DO UPDATE SET due_at = least(known.due_at, excluded.due_at)
""")
# After settling: on the day its next grace ends, or soon while a card of a family that waits is
# not signed yet; a family of which neither holds needs no mark.
REMARK = text("""
    WITH looked_at AS (SELECT unnest(CAST(:household_ids AS uuid[])) AS household_id),
    next AS (
        SELECT l.household_id, least(
            (SELECT min(s.ends_at) FROM enrolment_standings s
             WHERE s.household_id = l.household_id AND s.standing = 'ended' AND s.ends_at > :now),
            (SELECT CAST(:again_at AS timestamptz) FROM cards c
             WHERE c.household_id = l.household_id AND c.state = 'ordered' AND EXISTS (
                SELECT 1 FROM enrolment_standings s
                WHERE s.household_id = c.household_id AND s.standing = 'suspended'))) AS due_at
        FROM looked_at l
    ), settled AS (
        DELETE FROM unsettled_households u USING next n
        WHERE u.household_id = n.household_id AND n.due_at IS NULL AND u.due_at <= :now
    )
    INSERT INTO unsettled_households (household_id, due_at)
    SELECT household_id, due_at FROM next WHERE due_at IS NOT NULL
    ON CONFLICT (household_id) DO UPDATE SET due_at = excluded.due_at
""")
STANDING_OF = text(
    _FAMILIES.format(whose="g.household_id = :household_id") + "SELECT standing FROM judged"  # noqa: S608
)
VALID_CARD_OF = text(f"""
    SELECT * FROM cards WHERE household_id = :household_id AND state IN ({_VALID}) FOR UPDATE
""")  # noqa: S608

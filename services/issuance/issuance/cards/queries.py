"""Every SQL statement about cards and the households that hold them."""

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from issuance.cards.rules import VALID_STATES
from issuance.cards.tables import (
    beneficiary_lists,
    card_changes,
    card_grounds,
    card_households,
    cards,
)

_STATES = ", ".join(f"'{state}'" for state in VALID_STATES)

_LIST = upsert(beneficiary_lists)
UPSERT_LIST = _LIST.on_conflict_do_update(
    index_elements=["list_id"],
    set_={
        name: _LIST.excluded[name]
        for name in ("programme_name_id", "programme_name_en", "decree_number", "approved_at")
    },
)

# Names and places follow the registry; the pseudonym of a household never changes.
UPSERT_HOUSEHOLDS = text("""
    INSERT INTO card_households
        (household_id, pseudonym, region_code, sealed_head_name, told_at, kk_index)
    SELECT * FROM unnest(CAST(:household_ids AS uuid[]), CAST(:pseudonyms AS text[]),
                         CAST(:region_codes AS text[]), CAST(:sealed_names AS bytea[]),
                         CAST(:told_at AS timestamptz[]), CAST(:kk_indices AS bytea[]))
    ON CONFLICT (household_id) DO UPDATE SET region_code = excluded.region_code,
        sealed_head_name = excluded.sealed_head_name, told_at = excluded.told_at,
        kk_index = coalesce(excluded.kk_index, card_households.kk_index)
    WHERE card_households.told_at < excluded.told_at
""")
INSERT_GROUNDS = text("""
    INSERT INTO card_grounds (household_id, list_id, enrolment_id)
    SELECT household_id, :list_id, enrolment_id
    FROM unnest(CAST(:household_ids AS uuid[]), CAST(:enrolment_ids AS uuid[]))
        AS told (household_id, enrolment_id)
    ON CONFLICT DO NOTHING
""")
# The unique index decides who needs a card: two lists that come at once cannot both order one.
# For where the family lives now: an approval may be heard after the family has moved.
INSERT_ORDERS = text(f"""
    WITH ordered AS (
        INSERT INTO cards (card_id, household_id, region_code, state, version, ordered_at)
        SELECT wanted.card_id, household_id, home.region_code, 'ordered', 1, :now
        FROM unnest(CAST(:card_ids AS text[]), CAST(:household_ids AS uuid[]))
            AS wanted (card_id, household_id)
        JOIN card_households AS home USING (household_id)
        ON CONFLICT (household_id) WHERE state IN ({_STATES}) DO NOTHING
        RETURNING card_id, household_id, region_code, version, state
    ), lines AS (
        INSERT INTO card_changes (card_id, version, state, actor, actor_name, reason, place)
        SELECT card_id, version, state, :actor, :actor_name, :reason, region_code FROM ordered
    )
    SELECT * FROM ordered ORDER BY card_id
""")  # noqa: S608 - the states are constants of the code

# Locked in the order of their ids, so that two who move the same cards wait and do not deadlock.
MOVE_MANY = text("""
    WITH found AS (
        SELECT card_id, state FROM cards
        WHERE card_id = ANY(CAST(:card_ids AS text[])) AND state = ANY(CAST(:old_states AS text[]))
        ORDER BY card_id FOR UPDATE
    ), moved AS (
        UPDATE cards SET state = :new_state, version = version + 1 FROM found
        WHERE cards.card_id = found.card_id
        RETURNING cards.card_id, household_id, region_code, version, cards.state, list_number,
                  status_index, found.state AS old_state
    ), lines AS (
        INSERT INTO card_changes
            (card_id, version, state, old_state, at, actor, actor_name, reason, place)
        SELECT card_id, version, state, old_state, :at, :actor, :actor_name, :reason, :place
        FROM moved
    )
    SELECT * FROM moved ORDER BY card_id
""")

# Verifiers see a card's end in the card itself; this frees the household's place for the next one.
_EXPIRE = """
    WITH over AS (
        SELECT card_id, state FROM cards
        WHERE expires_at <= :now AND state IN ({states}) {whose}
        ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), ended AS (
        UPDATE cards SET state = 'expired', version = version + 1 FROM over
        WHERE cards.card_id = over.card_id
        RETURNING cards.card_id, household_id, region_code, version, cards.state,
                  over.state AS old_state
    ), lines AS (
        INSERT INTO card_changes
            (card_id, version, state, old_state, actor, actor_name, reason, place)
        SELECT card_id, version, state, old_state, :actor, :actor, 'over', region_code FROM ended
    )
    SELECT * FROM ended ORDER BY card_id
"""
EXPIRE_SOME = text(_EXPIRE.format(states=_STATES, whose=""))
EXPIRE_OF = text(
    _EXPIRE.format(states=_STATES, whose="AND household_id = ANY(CAST(:household_ids AS uuid[]))")
)

SELECT_FOR_UPDATE = select(cards).where(cards.c.card_id == bindparam("id")).with_for_update()
UPDATE_STATE = (
    update(cards)
    .where(cards.c.card_id == bindparam("id"))
    .values(state=bindparam("new_state"), version=bindparam("new_version"))
    .returning(*cards.c)
)
INSERT_CARD = insert(cards).returning(*cards.c)
INSERT_CHANGE = insert(card_changes)
SELECT_CHANGE_BY_ID = select(card_changes).where(card_changes.c.change_id == bindparam("change_id"))
SELECT_CHANGE = select(card_changes).where(
    card_changes.c.card_id == bindparam("id"), card_changes.c.version == bindparam("version")
)
SELECT_REPLACEMENT = select(cards).where(cards.c.replaces_card_id == bindparam("id"))
SELECT_HOUSEHOLD = select(card_households).where(
    card_households.c.household_id == bindparam("household_id")
)

VILLAGE_ROWS_MAX = 20_000
_NEWEST = """
    SELECT h.household_id, h.sealed_head_name, h.region_code, c.card_id, c.state, c.issued_at
    FROM card_households h LEFT JOIN LATERAL (
        SELECT card_id, state, issued_at FROM cards WHERE cards.household_id = h.household_id
        ORDER BY ordered_at DESC, card_id LIMIT 1) c ON true
"""
SELECT_VILLAGE = text(f"{_NEWEST} WHERE h.region_code = :region_code LIMIT {VILLAGE_ROWS_MAX}")
SELECT_BY_KK = text(f"{_NEWEST} WHERE h.kk_index = :kk_index ORDER BY h.told_at DESC LIMIT 5")
SELECT_CARD_WITH_HOUSEHOLD = (
    select(cards, card_households.c.sealed_head_name)
    .select_from(cards.join(card_households))
    .where(cards.c.card_id == bindparam("id"))
)
SELECT_CARDS_OF = (
    select(cards)
    .where(cards.c.household_id == bindparam("household_id"))
    .order_by(cards.c.ordered_at.desc(), cards.c.card_id)
)
SELECT_CHANGES_OF = (
    select(card_changes)
    .select_from(card_changes.join(cards, cards.c.card_id == card_changes.c.card_id))
    .where(cards.c.household_id == bindparam("household_id"))
    .order_by(card_changes.c.at.desc(), card_changes.c.version.desc())
)
SELECT_GROUNDS = (
    select(beneficiary_lists)
    .select_from(
        beneficiary_lists.join(card_grounds, card_grounds.c.list_id == beneficiary_lists.c.list_id)
    )
    .where(card_grounds.c.household_id == bindparam("household_id"))
    .order_by(beneficiary_lists.c.approved_at)
)

"""Every statement that reads or notes one family, its members, or a region."""

from sqlalchemy import ColumnElement, bindparam, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert

from registry.people.tables import (
    facts,
    household_cards,
    household_redemptions,
    households,
    person_versions,
    persons,
    regions,
)

_region = insert(regions)
PUT_REGION = _region.on_conflict_do_update(
    index_elements=["code"],
    set_={"name": _region.excluded.name, "parent_code": _region.excluded.parent_code},
)
CHILDREN = (
    select(regions.c.code, regions.c.name, regions.c.level)
    .where(regions.c.parent_code == bindparam("code"))
    .order_by(regions.c.code)
)
HOUSEHOLD = select(households).where(households.c.id == bindparam("household_id"))
_ABOUT_MEMBER: ColumnElement[bool] = literal_column("""EXISTS (
    SELECT 1 FROM flags r WHERE r.subject_id IN (persons.id, persons.household_id)
    AND r.kind = 'restricted' AND r.cleared_at IS NULL)""")
_ERASED: ColumnElement[bool] = literal_column(
    "EXISTS (SELECT 1 FROM tombstones t WHERE t.subject_id = persons.id)"
)
MEMBERS = (
    select(persons, _ABOUT_MEMBER.label("is_restricted"), _ERASED.label("is_erased"))
    .where(persons.c.household_id == bindparam("household_id"))
    .where(persons.c.status != "merged")
    .order_by((persons.c.relation != "head"), persons.c.born_on.asc().nulls_last(), persons.c.id)
    .limit(100)
)
PERSON = (
    select(persons, households.c.region_code)
    .join(households, households.c.id == persons.c.household_id)
    .where(persons.c.id == bindparam("person_id"))
)
VERSIONS = (
    select(person_versions, persons.c.name)
    .join(persons, persons.c.id == person_versions.c.person_id)
    .where(persons.c.household_id == bindparam("household_id"))
    .order_by(person_versions.c.replaced_at.desc())
    .limit(50)
)
FACTS = (
    select(facts, persons.c.name.label("person_name"))
    .outerjoin(persons, persons.c.id == facts.c.subject_id)
    .where(facts.c.household_id == bindparam("household_id"))
    .order_by(facts.c.id.desc())
    .limit(100)
)
# A person whose data may not be used (UU 27/2022 art. 41), or whose whole family's may not.
# SQL to stand in a WHERE, about `p` of persons.
IS_RESTRICTED = """
    EXISTS (SELECT 1 FROM flags r WHERE r.subject_id IN (p.id, p.household_id)
            AND r.kind = 'restricted' AND r.cleared_at IS NULL)
"""
# The head of a family beside the rows of another table, to be put in with `.format(household=…)` as
# `h`: whose data are restricted has no name here. What goes to the protection officer is `_HEAD`.
SHOWN_HEAD = f"""
    LEFT JOIN LATERAL (
        SELECT CASE WHEN NOT {IS_RESTRICTED} THEN p.name END AS name
        FROM persons p WHERE p.household_id = {{household}}
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (relation = 'head') DESC,
                 (status = 'alive') DESC, born_on, id LIMIT 1) h ON true
"""  # noqa: S608
# One row a family: who is its head, how many live in it, its latest card.
_FOUND = """
    SELECT h.id, h.region_code, head.head_name, head.status AS head_status, head.is_restricted,
           (SELECT count(*) FROM persons p WHERE p.household_id = h.id
            AND p.status <> 'merged') AS members,
           (SELECT c.status FROM household_cards c WHERE c.household_id = h.id
            ORDER BY c.issued_at DESC NULLS LAST LIMIT 1) AS card_status
"""
_HEAD = f"""
    LEFT JOIN LATERAL (
        SELECT CASE WHEN :sees_restricted OR NOT {IS_RESTRICTED} THEN p.name END AS head_name,
               p.status, {IS_RESTRICTED} AS is_restricted
        FROM persons p WHERE p.household_id = h.id AND p.status <> 'merged'
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (relation = 'head') DESC,
                 (status = 'alive') DESC, born_on, id LIMIT 1) head ON true
"""  # noqa: S608
# Who is restricted is not found by a name: that would give the name away.
_NAMED = f"p.status <> 'merged' AND (:sees_restricted OR NOT {IS_RESTRICTED})"
BY_VILLAGE_AND_NAME = text(f"""{_FOUND} FROM (
        SELECT h.id, h.region_code FROM households h
        WHERE h.region_code = :region_code AND h.id > :after
          AND (:name_key = '' OR EXISTS (
              SELECT 1 FROM persons p WHERE p.household_id = h.id AND p.name_key LIKE :name_like
              AND {_NAMED}))
        ORDER BY h.id LIMIT :rows) h {_HEAD} ORDER BY h.id
""")  # noqa: S608
# A whole district or regency: its families first, whatever the planner thinks of a name's rarity.
_HERE = """(WITH here AS MATERIALIZED (
            SELECT id, region_code FROM households
            WHERE region_code ~>=~ :region_from AND region_code ~<~ :region_to)
        SELECT id, region_code FROM here)"""
BY_REGION_AND_NAME = text(f"""{_FOUND} FROM (
        SELECT DISTINCT h.id, h.region_code FROM {_HERE} h
        JOIN persons p ON p.household_id = h.id
        WHERE p.name_key LIKE :name_like AND h.id > :after AND {_NAMED}
        ORDER BY h.id LIMIT :rows) h {_HEAD} ORDER BY h.id
""")  # noqa: S608
# How much of what was typed must be in a name: MUHAMAD finds MUHAMMAD, DJULIAH finds JULIAH.
_ALIKE = f"""
        SELECT h.id, h.region_code, max(word_similarity(:name_key, p.name_key)) AS alike
        FROM %s h JOIN persons p ON p.household_id = h.id
        WHERE word_similarity(:name_key, p.name_key) >= 0.45 AND {_NAMED}
        GROUP BY h.id, h.region_code ORDER BY alike DESC, h.id LIMIT :rows
"""  # noqa: S608
_IN_VILLAGE = "(SELECT id, region_code FROM households WHERE region_code = :region_code)"
ALIKE_IN_VILLAGE = text(f"""{_FOUND}
    FROM ({_ALIKE % _IN_VILLAGE}) h {_HEAD} ORDER BY h.alike DESC, h.id
""")
ALIKE_IN_REGION = text(f"""{_FOUND}
    FROM ({_ALIKE % _HERE}) h {_HEAD} ORDER BY h.alike DESC, h.id
""")
BY_KK = text(f"{_FOUND} FROM households h {_HEAD} WHERE h.kk_index = :number_index")
# Of two records of one person the one that stands counts.
BY_NIK = text(f"""{_FOUND} FROM households h {_HEAD}
    WHERE h.id = (SELECT coalesce(s.household_id, p.household_id) FROM persons p
                  LEFT JOIN persons s ON s.id = p.merged_into WHERE p.nik_index = :number_index)
""")  # noqa: S608
BY_TEMPORARY_NUMBER = text(f"""{_FOUND} FROM households h {_HEAD}
    WHERE h.id = (SELECT household_id FROM persons WHERE temporary_number = :number)
""")  # noqa: S608
BY_CARD = text(f"""{_FOUND} FROM households h {_HEAD}
    WHERE h.id = (SELECT household_id FROM household_cards WHERE card_id = :card_id)
""")  # noqa: S608
COUNT_IN = text("""
    SELECT count(*) FROM households h WHERE EXISTS (
        SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE h.region_code LIKE s || '%')
""")

# A roster that was loaded for a region around the family: absence from it means "no".
ROSTERS = text("""
    SELECT DISTINCT ON (l.code, l.period) l.code, l.period, l.source, l.region_code, l.recorded_at
    FROM roster_loads l WHERE CAST(:region_code AS text) LIKE l.region_code || '%'
    ORDER BY l.code, l.period, l.id DESC LIMIT 30
""")

_card = insert(household_cards)
NOTE_CARD = _card.on_conflict_do_update(
    index_elements=["card_id"],
    set_={"issued_at": _card.excluded.issued_at, "expires_at": _card.excluded.expires_at},
)
# An older word about a card never replaces a newer one.
NOTE_CARD_STATUS = _card.on_conflict_do_update(
    index_elements=["card_id"],
    set_={
        "status": _card.excluded.status,
        "status_reason": _card.excluded.status_reason,
        "status_at": _card.excluded.status_at,
        "status_sequence": _card.excluded.status_sequence,
    },
    where=household_cards.c.status_sequence < _card.excluded.status_sequence,
)
_use = insert(household_redemptions)
NOTE_REDEMPTION = _use.on_conflict_do_update(
    index_elements=["redemption_id"],
    set_={
        name: _use.excluded[name]
        for name in (
            "card_id",
            "benefit_name",
            "partner_name",
            "quantity",
            "amount_rupiah",
            "redeemed_at",
        )
    },
)
NOTE_REVERSAL = _use.on_conflict_do_update(
    index_elements=["redemption_id"],
    set_={"reversed_at": _use.excluded.reversed_at},
)
CARDS = (
    select(household_cards)
    .where(household_cards.c.household_id == bindparam("household_id"))
    .order_by(household_cards.c.issued_at.desc().nulls_last())
    .limit(20)
)
REDEMPTIONS = (
    select(household_redemptions)
    .where(household_redemptions.c.household_id == bindparam("household_id"))
    .order_by(household_redemptions.c.redeemed_at.desc().nulls_last())
    .limit(50)
)

"""Every statement that reads or notes one family, its members, or a region."""

from sqlalchemy import bindparam, select, text
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
MEMBERS = (
    select(persons)
    .where(persons.c.household_id == bindparam("household_id"))
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
# One row a family: who is its head, how many live in it.
_FOUND = """
    SELECT h.id, h.region_code, head.name AS head_name, head.status AS head_status,
           (SELECT count(*) FROM persons p WHERE p.household_id = h.id) AS members
    FROM households h
    LEFT JOIN LATERAL (
        SELECT name, status FROM persons p WHERE p.household_id = h.id
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (relation = 'head') DESC,
                 (status = 'alive') DESC, born_on, id LIMIT 1) head ON true
"""
BY_VILLAGE_AND_NAME = text(f"""{_FOUND}
    WHERE h.region_code = :region_code AND h.id > :after
      AND (:name_key = '' OR EXISTS (
          SELECT 1 FROM persons p WHERE p.household_id = h.id AND p.name_key LIKE :name_like))
    ORDER BY h.id LIMIT :rows
""")  # noqa: S608
BY_KK = text(f"{_FOUND} WHERE h.kk_index = :number_index")
BY_NIK = text(f"""{_FOUND}
    WHERE h.id = (SELECT household_id FROM persons WHERE nik_index = :number_index)
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
    set_={
        "reversed_at": _use.excluded.reversed_at,
        "reversal_reason": _use.excluded.reversal_reason,
    },
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

"""Statements that find families, members and enrolments for other systems.

What is asked is put between fixed pieces; each shape of a question is prepared once and kept.
"""

from functools import lru_cache

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

SHAPES_KEPT = 500

# A family whose processing is restricted, or with a member whose is, is not given out.
NOT_RESTRICTED = """
    NOT EXISTS (SELECT 1 FROM flags r WHERE r.kind = 'restricted' AND r.cleared_at IS NULL
        AND (r.subject_id = h.id
             OR r.subject_id IN (SELECT id FROM persons o WHERE o.household_id = h.id)))
"""
IN_SCOPES = """
    EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s
            WHERE h.region_code = s OR h.region_code LIKE s || '.%')
"""
SOURCES = {
    "Group": ("h.id AS household_id, h.id AS subject_id", "households h", "h.id"),
    "Member": (
        "h.id AS household_id, p.id AS subject_id",
        "persons p JOIN households h ON h.id = p.household_id",
        "p.id",
    ),
    "Beneficiary": (
        "h.id AS household_id, e.id AS subject_id",
        "enrolments e JOIN households h ON h.id = e.household_id",
        "e.id",
    ),
}


@lru_cache(maxsize=SHAPES_KEPT)
def page_of(entity: str, condition: str, order: str) -> TextClause:
    """Return the statement for one page of what a condition finds."""
    columns, source, identity = SOURCES[entity]
    return text(f"""
        SELECT {columns} FROM {source}
        WHERE {IN_SCOPES} AND {NOT_RESTRICTED} AND ({condition})
        ORDER BY {order}{identity} LIMIT :rows OFFSET :offset
    """)  # noqa: S608 - pieces of this room; values are bound


@lru_cache(maxsize=SHAPES_KEPT)
def count_of(entity: str, condition: str) -> TextClause:
    """Return the statement that counts what a condition finds, no further than a limit."""
    _, source, identity = SOURCES[entity]
    return text(f"""
        SELECT count(*) FROM (SELECT {identity} FROM {source}
            WHERE {IN_SCOPES} AND {NOT_RESTRICTED} AND ({condition}) LIMIT :limit) c
    """)  # noqa: S608


@lru_cache(maxsize=SHAPES_KEPT)
def which_of(condition: str) -> TextClause:
    """Return the statement that says which of some families a condition holds for."""
    return text(f"""
        SELECT h.id AS household_id FROM households h
        WHERE h.id = ANY(:household_ids) AND {IN_SCOPES} AND {NOT_RESTRICTED} AND ({condition})
    """).bindparams(bindparam("household_ids", type_=ARRAY(Uuid)))  # noqa: S608


_IDS = bindparam("household_ids", type_=ARRAY(Uuid))
HOUSEHOLDS = text("""
    SELECT h.id, h.region_code, h.kk_index, h.kk_sealed, h.recorded_at,
           greatest(h.recorded_at, (SELECT max(m.recorded_at) FROM persons m
                                    WHERE m.household_id = h.id)) AS updated_at,
           (SELECT f.value FROM facts f WHERE f.household_id = h.id AND f.code = 'dtsen.decile'
            ORDER BY f.valid_to DESC, f.id DESC LIMIT 1) AS decile
    FROM households h WHERE h.id = ANY(:household_ids)
""").bindparams(_IDS)
PERSONS = text("""
    SELECT id, household_id, nik_index, nik_sealed, name, sex, born_on, relation, marital, status,
           recorded_at
    FROM persons WHERE household_id = ANY(:household_ids)
    ORDER BY household_id, (relation <> 'head'), born_on NULLS LAST, id
""").bindparams(_IDS)
ENROLMENTS = text("""
    SELECT e.id, e.household_id, e.enrolled_at, e.state, e.suspended_at, e.ended_at, e.end_reason,
           p.code AS programme_code, p.name_id AS programme_name, c.id AS cycle_id,
           c.name AS cycle_name, l.decree_number, l.decree_on
    FROM enrolments e JOIN programmes p ON p.id = e.programme_id
    JOIN cycles c ON c.id = e.cycle_id JOIN beneficiary_lists l ON l.id = e.list_id
    WHERE e.household_id = ANY(:household_ids)
    ORDER BY e.household_id, e.enrolled_at DESC, e.id
""").bindparams(_IDS)
# By id, so that a page's place stays although families change between two pages.
_PAGE_END = f"""
    h.id > :after AND {IN_SCOPES} AND {NOT_RESTRICTED} ORDER BY h.id LIMIT :rows
"""
WHOLE_PAGE = text(f"SELECT h.id FROM households h WHERE {_PAGE_END}")  # noqa: S608
# What changed is found first and once: beside the regions the planner would look family by family.
CHANGED_PAGE = text(f"""
    WITH changed AS MATERIALIZED (
        SELECT id FROM households WHERE recorded_at >= :since
        UNION SELECT household_id FROM persons WHERE recorded_at >= :since
        UNION SELECT household_id FROM enrolments
              WHERE greatest(enrolled_at, suspended_at, ended_at) >= :since)
    SELECT h.id FROM changed c JOIN households h ON h.id = c.id WHERE {_PAGE_END}
""")  # noqa: S608
HOUSEHOLD_OF_NIK = text(f"""
    SELECT h.id, h.region_code FROM households h
    WHERE h.id = (SELECT household_id FROM persons WHERE nik_index = :number_index)
      AND {IN_SCOPES} AND {NOT_RESTRICTED}
""")  # noqa: S608
HOUSEHOLD_OF_KK = text(f"""
    SELECT h.id, h.region_code FROM households h
    WHERE h.kk_index = :number_index AND {IN_SCOPES} AND {NOT_RESTRICTED}
""")  # noqa: S608
PROGRAMME_EXISTS = text("SELECT EXISTS (SELECT 1 FROM programmes WHERE code = :code)")
PERSON_OF_NIK = text("""
    SELECT p.id AS subject_id, h.id AS household_id, h.region_code
    FROM persons p JOIN households h ON h.id = p.household_id WHERE p.nik_index = :number_index
""")
FAMILY_OF_KK = text("""
    SELECT h.id AS subject_id, h.id AS household_id, h.region_code
    FROM households h WHERE h.kk_index = :number_index
""")

"""Every SQL statement about companions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Two counters that note one person at the same moment make one companion of it.
LOCK_MARK = text("SELECT pg_advisory_xact_lock(620022, :key)")
BY_MARK = text("""
    SELECT c.id, c.has_phone FROM companion_marks m JOIN companions c ON c.id = m.companion_id
    WHERE m.mark = :mark
""")
ADD = text("""
    INSERT INTO companions (id, sealed_person, has_phone)
    VALUES (:id, :sealed_person, :has_phone)
""")
GIVE_PHONE = text("""
    UPDATE companions SET sealed_person = :sealed_person, has_phone = true WHERE id = :id
""")
ADD_MARK = text("""
    INSERT INTO companion_marks (mark, companion_id) VALUES (:mark, :companion_id)
    ON CONFLICT DO NOTHING
""")
HOLD = text("SELECT 1 FROM companions WHERE id = :companion_id FOR UPDATE")
AUTHORISATION = text("""
    SELECT a.id FROM companion_authorisations a
    WHERE a.household_id = :household_id AND a.companion_id = :companion_id
      AND a.ended_at IS NULL AND :today BETWEEN a.from_on AND a.to_on
      AND a.acts_max > (SELECT count(*) FROM companion_acts t WHERE t.authorisation_id = a.id
          AND t.id <> :id AND (t.used_at IS NOT NULL OR t.noted_at > :holds_since))
    ORDER BY a.to_on DESC, a.id LIMIT 1
""")
# The families of a cycle for which somebody came without a standing authorisation.
FAMILIES = text("""
    SELECT count(DISTINCT household_id) FROM companion_acts
    WHERE companion_id = :companion_id AND cycle_id = :cycle_id
      AND household_id <> :household_id AND authorisation_id IS NULL
      AND (used_at IS NOT NULL OR noted_at > :holds_since)
""")
ACT = text("SELECT * FROM companion_acts WHERE id = :id FOR UPDATE")
NOTE = text("""
    INSERT INTO companion_acts (id, companion_id, household_id, card_id, cycle_id, region_code,
        relation, sealed_reason, authorisation_id, is_held, is_late, request_hash, partner_id,
        partner_name, terminal_id, noted_by, noted_by_name, noted_at)
    VALUES (:id, :companion_id, :household_id, :card_id, :cycle_id, :region_code, :relation,
        :sealed_reason, :authorisation_id, :is_held, :is_late, :request_hash, :partner_id,
        :partner_name, :terminal_id, :noted_by, :noted_by_name, :noted_at)
    ON CONFLICT DO NOTHING RETURNING id
""")
NOTE_AGAIN = text("""
    UPDATE companion_acts SET noted_at = :noted_at, is_held = :is_held,
        authorisation_id = :authorisation_id
    WHERE id = :id
""")
USE = text("""
    UPDATE companion_acts SET used_at = coalesce(used_at, :now)
    WHERE id = :id AND companion_id = :companion_id AND household_id = :household_id
      AND (used_at IS NOT NULL OR is_late OR noted_at > :holds_since)
    RETURNING id
""")
UNUSE = text("""
    UPDATE companion_acts SET used_at = NULL WHERE id = ANY(CAST(:ids AS uuid[]))
""")
AUTHORISED = text("""
    SELECT count(DISTINCT household_id) FROM companion_authorisations
    WHERE companion_id = :companion_id AND household_id <> :household_id AND ended_at IS NULL
      AND to_on >= :today
""")
AUTHORISE = text("""
    INSERT INTO companion_authorisations (id, companion_id, household_id, card_id, region_code,
        relation, sealed_reason, from_on, to_on, acts_max, request_hash, recorded_by,
        recorded_by_name)
    VALUES (:id, :companion_id, :household_id, :card_id, :region_code, :relation, :sealed_reason,
        :from_on, :to_on, :acts_max, :request_hash, :recorded_by, :recorded_by_name)
    ON CONFLICT DO NOTHING
""")
ONE_AUTHORISATION = text("SELECT * FROM companion_authorisations WHERE id = :id FOR UPDATE")
END = text("""
    UPDATE companion_authorisations SET ended_by = :by, ended_by_name = :by_name,
        ended_at = now(), end_reason = :reason
    WHERE id = :id
""")
_IN_REGIONS = """(t.region_code = ANY(CAST(:scopes AS text[]))
    OR t.region_code LIKE ANY(CAST(:below AS text[])))"""
_FAMILY = "(CAST(:household_id AS uuid) IS NULL OR t.household_id = :household_id)"
ACTS = text(f"""
    SELECT t.id, t.companion_id, t.household_id, t.card_id, t.region_code, t.relation,
        t.sealed_reason, t.authorisation_id, t.is_held, t.is_late, t.partner_name, t.used_at,
        t.noted_by_name, c.sealed_person,
        (SELECT count(DISTINCT o.household_id) FROM companion_acts o
         WHERE o.companion_id = t.companion_id AND o.cycle_id = t.cycle_id
           AND o.used_at IS NOT NULL) AS families
    FROM companion_acts t JOIN companions c ON c.id = t.companion_id
    WHERE {_IN_REGIONS} AND {_FAMILY} AND t.used_at IS NOT NULL AND t.used_at >= :since
    ORDER BY t.used_at DESC, t.id DESC LIMIT :rows
""")  # noqa: S608 - our own words only
STANDING = text(f"""
    SELECT t.id, t.companion_id, t.household_id, t.card_id, t.region_code, t.relation,
        t.sealed_reason, t.from_on, t.to_on, t.acts_max, t.recorded_by_name, t.recorded_at,
        t.ended_at, t.ended_by_name, t.end_reason, c.sealed_person,
        (SELECT count(*) FROM companion_acts o WHERE o.authorisation_id = t.id
           AND o.used_at IS NOT NULL) AS acts
    FROM companion_authorisations t JOIN companions c ON c.id = t.companion_id
    WHERE {_IN_REGIONS} AND {_FAMILY}
      AND (CAST(:household_id AS uuid) IS NOT NULL OR (t.ended_at IS NULL AND t.to_on >= :today))
    ORDER BY t.ended_at NULLS FIRST, t.to_on DESC, t.id DESC LIMIT :rows
""")  # noqa: S608
NAMES = text("SELECT id, sealed_person FROM companions WHERE id = ANY(CAST(:ids AS uuid[]))")


async def of_mark(tx: AsyncConnection, mark: bytes) -> RowMapping | None:
    """Return who a mark belongs to."""
    return (await tx.execute(BY_MARK, {"mark": mark})).mappings().one_or_none()


async def acts(
    tx: AsyncConnection, regions: Sequence[str], *, household_id: UUID | None, since: datetime
) -> list[RowMapping]:
    """Return who collected for whom in some regions, or for one family there, newest first."""
    asked = _scope(regions) | {"household_id": household_id, "since": since, "rows": ROWS_MAX}
    return list((await tx.execute(ACTS, asked)).mappings())


async def standing(
    tx: AsyncConnection, regions: Sequence[str], *, household_id: UUID | None, today: date
) -> list[RowMapping]:
    """Return the authorisations in force in some regions, or all those of one family there."""
    asked = _scope(regions) | {"household_id": household_id, "today": today, "rows": ROWS_MAX}
    return list((await tx.execute(STANDING, asked)).mappings())


ROWS_MAX = 300


def _scope(regions: Sequence[str]) -> dict[str, Any]:
    return {"scopes": list(regions), "below": [f"{code}.%" for code in regions]}


FAMILY_OF_CARD = text("SELECT household_id, region_code FROM cards WHERE card_id = :card_id")
# The family's newest card, and where it lives now.
FAMILY = text("""
    SELECT card_id, region_code FROM cards WHERE household_id = :household_id
    ORDER BY issued_at DESC, card_id LIMIT 1
""")

"""Every statement about the overlap matrix and the exceptions from it."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.eligibility.overlap_tables import (
    overlap_exceptions,
    overlap_pairs,
    overlap_versions,
)

_v = overlap_versions.c
INSERT_VERSION = insert(overlap_versions)
INSERT_PAIR = insert(overlap_pairs)
VERSIONS = select(overlap_versions).order_by(_v.version.desc()).limit(50)
VERSION = select(overlap_versions).where(_v.id == bindparam("version_id"))
LOCK_VERSION = VERSION.with_for_update()
LAST_VERSION = select(func.coalesce(func.max(_v.version), 0))
# The approved matrix that started last counts.
VERSION_ON = (
    select(overlap_versions)
    .where(_v.state == "approved")
    .where(_v.valid_from <= bindparam("day"))
    .order_by(_v.valid_from.desc())
    .limit(1)
)
PAIRS = text("""
    SELECT p.programme_code, p.other_code, p.outcome, p.reason_id, p.reason_en,
           o.name_id, o.name_en
    FROM overlap_pairs p LEFT JOIN programmes o ON o.code = p.other_code
    WHERE p.overlap_version_id = :version_id
      AND (CAST(:programme_code AS text) IS NULL OR p.programme_code = :programme_code)
    ORDER BY p.programme_code, p.other_code
""")
APPROVE_VERSION = (
    update(overlap_versions)
    .where(_v.id == bindparam("version_id"))
    .values(
        state="approved",
        approved_by=bindparam("person"),
        approved_by_name=bindparam("person_name"),
        approved_at=func.now(),
        content_hash=bindparam("hash"),
    )
)
INSERT_EXCEPTION = insert(overlap_exceptions)
EXCEPTION = select(overlap_exceptions).where(overlap_exceptions.c.id == bindparam("exception_id"))
LOCK_EXCEPTION = EXCEPTION.with_for_update()
OPEN_EXCEPTION = (
    select(overlap_exceptions.c.id)
    .where(overlap_exceptions.c.programme_id == bindparam("programme_id"))
    .where(overlap_exceptions.c.household_id == bindparam("household_id"))
    .where(overlap_exceptions.c.other_code == bindparam("other_code"))
    .where(overlap_exceptions.c.ended_at.is_(None))
)
EXCEPTIONS_OF_HOUSEHOLD = text("""
    SELECT x.*, p.code AS programme_code, p.name_id, p.name_en
    FROM overlap_exceptions x JOIN programmes p ON p.id = x.programme_id
    WHERE x.household_id = :household_id ORDER BY x.granted_at DESC LIMIT 20
""")
END_EXCEPTION = (
    update(overlap_exceptions)
    .where(overlap_exceptions.c.id == bindparam("exception_id"))
    .values(
        ended_by=bindparam("person"),
        ended_by_name=bindparam("person_name"),
        ended_at=func.now(),
        end_reason=bindparam("why"),
    )
)
REGION_OF_HOUSEHOLD = text("SELECT region_code FROM households WHERE id = :household_id")

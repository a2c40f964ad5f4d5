"""The statements behind the progress page."""

from sqlalchemy import bindparam, select, text

from registry.reports.rules import MEASURES
from registry.reports.tables import dataset_releases, progress_refreshes

_r = dataset_releases
_SUMS = ", ".join(f"sum(p.{name})::integer AS {name}" for name in MEASURES)

# The regions just below one, each with the sums of its villages.
CHILDREN = text(f"""
    SELECT r.code, r.name, r.level, {_SUMS}, max(p.last_import_at) AS last_import_at,
           count(*) FILTER (WHERE p.families > 0)::integer AS villages_entered,
           count(*)::integer AS villages
    FROM regions r JOIN village_progress p
      ON p.region_code = r.code OR p.region_code LIKE r.code || '.%'
    WHERE r.parent_code = :region_code
    GROUP BY r.code, r.name, r.level ORDER BY r.code
""")  # noqa: S608 - the names are this module's own
ONE_VILLAGE = text(f"""
    SELECT r.code, r.name, r.level, {_SUMS}, max(p.last_import_at) AS last_import_at,
           count(*) FILTER (WHERE p.families > 0)::integer AS villages_entered,
           count(*)::integer AS villages
    FROM regions r JOIN village_progress p ON p.region_code = r.code
    WHERE r.code = :region_code GROUP BY r.code, r.name, r.level
""")  # noqa: S608
VILLAGES = text(f"""
    SELECT p.region_code, {", ".join(f"p.{name}" for name in MEASURES)}
    FROM village_progress p
    WHERE p.region_code = :region_code OR p.region_code LIKE :region_code || '.%'
""")  # noqa: S608
DAYS = text("""
    SELECT day, sum(families)::integer AS families, sum(checked)::integer AS checked,
           sum(decided)::integer AS decided, sum(approved)::integer AS approved
    FROM progress_days
    WHERE region_code = left(:region_code, 5) OR :region_code = '62'
    GROUP BY day ORDER BY day DESC LIMIT 60
""")
REFRESHED_AT = select(progress_refreshes.c.refreshed_at)

_RELEASE_HEAD = tuple(column for column in _r.c if column.name != "rows")
RELEASES = select(*_RELEASE_HEAD).order_by(_r.c.prepared_at.desc()).limit(bindparam("how_many"))
RELEASE = select(_r).where(_r.c.id == bindparam("release_id"))
LOCK_RELEASE = RELEASE.with_for_update()
PUBLISHED = (
    select(*_RELEASE_HEAD)
    .where(_r.c.state == "published")
    .order_by(_r.c.dataset_code, _r.c.prepared_at.desc())
)
PUBLISHED_RELEASE = (
    select(_r)
    .where(_r.c.state == "published")
    .where(_r.c.dataset_code == bindparam("code"))
    .where(_r.c.period == bindparam("period"))
)
PUT_RELEASE = _r.insert()
CHECK_RELEASE = (
    _r.update()
    .where(_r.c.id == bindparam("release_id"))
    .values(
        state=bindparam("new_state"),
        checked_by=bindparam("person"),
        checked_by_name=bindparam("person_name"),
        checked_at=bindparam("at"),
        return_reason=bindparam("reason"),
    )
)

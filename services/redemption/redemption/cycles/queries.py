"""The statements behind the page of a cycle."""

from sqlalchemy import select, text

from redemption.cycles.tables import cycle_counts

MEASURES = (
    "entitled", "collected", "begun", "leased", "entitled_rupiah", "collected_rupiah",
)  # fmt: skip
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)
_OF_BENEFIT = "(CAST(:benefit_id AS uuid) IS NULL OR benefit_id = :benefit_id)"
_HERE = "(region_code = :region_code OR region_code LIKE :region_code || '.%')"

SUMS_OF_CYCLES = text(f"""
    SELECT cycle_id, {_SUMS} FROM cycle_villages WHERE {_HERE} GROUP BY cycle_id
""")  # noqa: S608 - the names are this module's own
# Sums of the regions one level below; a village itself is its own only row.
BELOW = text(f"""
    SELECT left(region_code, :length) AS code, {_SUMS} FROM cycle_villages
    WHERE cycle_id = :cycle_id AND {_HERE} AND {_OF_BENEFIT} GROUP BY 1 ORDER BY 1
""")  # noqa: S608
BY_BENEFIT = text(f"""
    SELECT benefit_id, {_SUMS} FROM cycle_villages WHERE cycle_id = :cycle_id AND {_HERE}
    GROUP BY benefit_id ORDER BY benefit_id
""")  # noqa: S608
VILLAGES = text(f"""
    SELECT region_code, {_SUMS} FROM cycle_villages
    WHERE cycle_id = :cycle_id AND {_HERE} AND {_OF_BENEFIT} GROUP BY 1
""")  # noqa: S608
DAYS = text(f"""
    SELECT day, sum(acts)::bigint AS acts, sum(rupiah)::bigint AS rupiah FROM cycle_days
    WHERE cycle_id = :cycle_id AND {_OF_BENEFIT}
      AND (region_code = left(:region_code, 5) OR :region_code = '62')
    GROUP BY day ORDER BY day DESC LIMIT :days
""")  # noqa: S608
COUNTED_AT = select(cycle_counts.c.counted_at)
_CYCLE = """
    SELECT id, programme_code, programme_name_id, programme_name_en, name, opens_on, closes_on
    FROM cycles
"""
CYCLES = text(f"{_CYCLE} ORDER BY opens_on DESC, name LIMIT :how_many")
ONE_CYCLE = text(f"{_CYCLE} WHERE id = :cycle_id")
BENEFITS = text("""
    SELECT id, kind, subject, name_id, name_en FROM benefits WHERE cycle_id = :cycle_id
    ORDER BY name_id, id
""")

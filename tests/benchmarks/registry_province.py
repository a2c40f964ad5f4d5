"""A registry with a province's families in it, written by SQL: no file is read, no one exists.

As many families, persons and facts as the full synthetic population has, in the same shares: three
persons a family, a decile for 94 of 100 families, nine in thirty on some roster.
"""

import secrets

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from registry.eligibility.demo import put_demo_programme
from registry.people.prepare import put_regions

FAMILIES = 279_434
PERSONS = 836_824
ROSTERS = {"pkh": 31_678, "sembako": 51_967, "blt_dd": 6_049}
HOUSEHOLD = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
PERSON = "('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid"

_HOUSEHOLDS = f"""
    INSERT INTO households (id, region_code, kk_index, kk_sealed, import_id)
    SELECT {HOUSEHOLD}, v.codes[1 + ((n - 1)::bigint * cardinality(v.codes) / :families)],
           decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(repeat('5a', 44), 'hex'), :import_id
    FROM generate_series(1, :families) AS n,
         (SELECT array_agg(code ORDER BY code) AS codes FROM regions WHERE level = 'village') v
"""  # noqa: S608
_PERSONS = f"""
    INSERT INTO persons (id, household_id, nik_index, nik_sealed, name, name_key, sex, born_on,
                         relation, status, import_id)
    SELECT {PERSON}, {HOUSEHOLD.replace("to_hex(n)", "to_hex(1 + (n - 1) % :families)")},
           decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(repeat('5a', 44), 'hex'),
           'NAMA ' || n, 'NAMA ' || n, CASE WHEN n % 2 = 0 THEN 'F' ELSE 'M' END,
           CASE WHEN n <= :families THEN date '1950-01-01' + (n % 15000)::integer
                ELSE date '1955-01-01' + ((n * 31) % 25000)::integer END,
           CASE WHEN n <= :families THEN 'head' WHEN n <= 2 * :families THEN 'wife'
                ELSE 'child' END,
           CASE WHEN n % 97 = 0 THEN 'dead' WHEN n % 101 = 0 THEN 'moved' ELSE 'alive' END,
           :import_id
    FROM generate_series(1, :persons) AS n
"""  # noqa: S608
_FACTS = f"""
    INSERT INTO facts (household_id, subject_id, code, value, period, valid_from, valid_to, source,
                       import_id)
    SELECT {HOUSEHOLD}, {HOUSEHOLD}, :code, CASE WHEN CAST(:decile AS boolean)
               THEN (1 + (n * 13) % 10)::text ELSE 'yes' END, 'now',
           CAST(:since AS date), CAST(:since AS date) + 365, 'bench', :import_id
    FROM generate_series(1, :families) AS n WHERE (n * 7901::bigint) % :families < :wanted
"""  # noqa: S608
_LOADS = """
    INSERT INTO roster_loads (code, region_code, period, valid_from, valid_to, source, import_id)
    SELECT CAST(:code AS text), '62', 'now', CAST(:since AS date), CAST(:since AS date) + 365,
           'bench', uuidv7()
"""


async def settle(engine: AsyncEngine, families: int = FAMILIES) -> None:
    """Write regions, the sample programme and so many families with their members and facts."""
    today = utc_now().date()
    async with engine.begin() as tx:
        await put_regions(tx)
        await put_demo_programme(tx, today)
    values = {
        "families": families,
        "persons": families * PERSONS // FAMILIES,
        "import_id": f"00000000-0000-7000-a000-{secrets.token_hex(6)}",
        "since": today.replace(month=1, day=1),
        "code": "dtsen.decile",
        "wanted": families * 94 // 100,
        "decile": True,
    }
    async with engine.begin() as tx:
        for statement in (_HOUSEHOLDS, _PERSONS, _FACTS):
            await _run(tx, statement, values)
        for code, lines in ROSTERS.items():
            roster = {"code": f"roster.{code}", "wanted": families * lines // FAMILIES}
            await _run(tx, _FACTS, {**values, **roster, "decile": False})
            await _run(tx, _LOADS, {**values, **roster})
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("households", "persons", "facts"):
            await connection.execute(text(f"VACUUM ANALYZE {table}"))


async def _run(tx: object, statement: str, values: dict[str, object]) -> None:
    asked = {name: value for name, value in values.items() if f":{name}" in statement}
    await tx.execute(text(statement), asked)  # type: ignore[attr-defined]

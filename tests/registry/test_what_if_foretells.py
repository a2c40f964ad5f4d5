"""What if says the numbers that approving and deciding then give, family by family."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.clients import serving, settings_values
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv, roster_xlsx
from tests.registry.test_criteria_pages import drafted

from common.clock import utc_now
from common.database import new_engine
from common.ids import new_id
from common.web.formats import in_wib
from registry.app import create_app
from registry.eligibility import queries
from registry.eligibility.demo import put_demo_programme
from registry.eligibility.evaluate import basis_of, decide_region
from registry.eligibility.overlap_rules import OUTSIDE
from registry.eligibility.what_if import what_if
from registry.people.prepare import put_regions
from registry.settings import Settings

A_CYCLE = """
    INSERT INTO cycles (id, programme_id, name, opens_on, closes_on, budget_rupiah)
    VALUES (:cycle, :programme, 'Ramalan', '2031-01-01', '2031-03-31', 0)
"""
DECIDED = """
    SELECT outcome, count(*) AS families FROM current_decisions
    WHERE cycle_id = :cycle GROUP BY outcome
"""
EXCEPTION = """
    INSERT INTO overlap_exceptions (id, programme_id, household_id, other_code, region_code, reason,
        valid_from, granted_by, granted_by_name)
    SELECT uuidv7(), :programme, id, :other, region_code, 'Diperiksa di tempat', '2026-01-01',
           'a', 'A' FROM households WHERE region_code = :village ORDER BY id LIMIT 4
"""


@pytest.fixture
async def own(new_database: Callable[[str], str]) -> AsyncIterator[Registry]:
    """A registry of this test's own: its families would count in other tests' districts."""
    settings = Settings(**settings_values(new_database("registry")))
    engine = new_engine(
        settings.database_url, application_name="tests", statement_timeout_s=60, pool_size=5
    )
    async with engine.begin() as tx:
        await put_regions(tx)
        await put_demo_programme(tx, in_wib(utc_now()).date())
    async with serving(create_app(settings)) as client:
        yield Registry(client, engine, settings)
    await engine.dispose()


async def a_village_of_all_kinds(registry: Registry) -> str:
    """Families with and without deciles and rosters, heads dead or gone, ages not known."""
    village = a_village()
    people = [Someone(name=f"KEPALA {letter}") for letter in "ABCDEFGHIJKL"]
    people += [
        Someone(name="ANAK", kk=people[1].kk, relation="4", born="2024-01-01"),
        Someone(name="NENEK", kk=people[2].kk, relation="7", born="1940-01-01"),
    ]
    await registry.committed(csv_bytes(people), region=village)
    deciles = [(one.kk, 1 + at % 10) for at, one in enumerate(people[:9])]
    await registry.committed(dtsen_csv(deciles), region=village, name="dtsen.csv")
    for at, programme in enumerate(("PKH", "SEMBAKO", "BLT-DD")):
        on = [(one.kk, one.nik or "") for one in people[at:8:3]]
        await registry.committed(roster_xlsx(programme, on), region=village, name="daftar.xlsx")
    async with registry.engine.begin() as tx:
        for at, change in enumerate(("status = 'dead'", "status = 'moved'", "born_on = NULL")):
            await tx.execute(
                text(
                    f"UPDATE persons SET {change} WHERE name = :n AND household_id IN"  # noqa: S608
                    " (SELECT id FROM households WHERE region_code = :v)"
                ),
                {"n": f"KEPALA {'CDE'[at]}", "v": village},
            )
    return village


EXPRESSIONS = (
    "decile == 1",
    "decile <= 5 || elderly_60_plus >= 1",
    "!on_pkh && (on_sembako ? decile <= 3 : true)",
    "head_alive && in_province && members >= 1",
    "children_0_6 + school_age >= 1 || !on_blt_dd",
)


async def test_what_if_and_the_decisions_that_follow_have_equal_counts(own: Registry) -> None:
    registry = own
    village = await a_village_of_all_kinds(registry)
    told = []
    for expression in EXPRESSIONS:
        version_id = UUID(await drafted(registry, expression_1=expression))
        foretold, decided = await both(registry, version_id, village)
        assert foretold == decided, expression
        assert sum(decided.values()) == 12
        told.append(tuple(sorted(decided.items())))
    assert len(set(told)) > 2


async def both(
    registry: Registry, version_id: UUID, village: str
) -> tuple[dict[str, int], dict[str, int]]:
    """What is foretold, and what is decided in a cycle of its own; nothing of it stays."""
    cycle, today = new_id(), in_wib(utc_now()).date()
    async with registry.engine.connect() as connection:
        asked = {"version_id": version_id}
        version = (await connection.execute(queries.VERSION, asked)).mappings().one()
        programme = {"programme": version["programme_id"]}
        for other in OUTSIDE:
            here = {**programme, "village": village, "other": other}
            await connection.execute(text(EXCEPTION), here)
        await connection.execute(text(A_CYCLE), {**programme, "cycle": cycle})
        basis = await basis_of(connection, version, today)
        told = (await what_if(connection, basis, village, len(village))).total
        await decide_region(connection, cycle, basis, village)
        rows = (await connection.execute(text(DECIDED), {"cycle": cycle})).all()
        await connection.rollback()
    foretold = {name: getattr(told, name) for name in ("eligible", "ineligible", "needs_review")}
    return {name: count for name, count in foretold.items() if count}, {
        row.outcome: row.families for row in rows
    }

"""The demonstration works on whatever day it is prepared."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.clients import settings_values

from common import clock
from common.database import new_engine
from population.__main__ import main as make_population
from registry import seed
from registry.eligibility.demo import cycle_dates
from registry.eligibility.demo_members import school_year_of
from registry.settings import Settings

TODAY = clock.utc_now()
# The database has a clock of its own, so no day before today can be tried.
DAYS = [TODAY, TODAY + timedelta(days=366)]
OUTCOMES = text("SELECT outcome, count(*) FROM current_decisions GROUP BY 1")
STATES = text("SELECT state, count(*) FROM beneficiary_lists GROUP BY 1")
CYCLE = text("SELECT opens_on, closes_on, name FROM cycles")
LISTS = text("SELECT state, kind FROM beneficiary_lists ORDER BY id")
IMPORTS = text("SELECT region_code, state FROM import_batches ORDER BY id")
ROWS = text("""
    SELECT (SELECT count(*) FROM households), (SELECT count(*) FROM persons),
           (SELECT count(*) FROM facts), (SELECT count(*) FROM decisions),
           (SELECT count(*) FROM enrolments), (SELECT count(*) FROM flags),
           (SELECT count(*) FROM field_visits), (SELECT count(*) FROM dataset_releases),
           (SELECT count(*) FROM exchange_clients), (SELECT count(*) FROM criteria_examples),
           (SELECT count(*) FROM benefits), (SELECT count(*) FROM enrolled_persons)
""")
# Of each benefit of members: how old the youngest and the eldest are who have it.
AGES = text("""
    SELECT b.code, min(extract(year FROM age(day, p.born_on)))::integer AS youngest,
           max(extract(year FROM age(day, p.born_on)))::integer AS eldest
    FROM enrolled_persons n JOIN cycles c ON c.id = n.cycle_id
    JOIN benefits b ON b.id = ANY(n.benefit_ids)
    CROSS JOIN LATERAL (SELECT coalesce(b.ages_on, c.opens_on) AS day) d
    JOIN persons p ON p.id = n.person_id GROUP BY 1
""")
WAITING = text("""
    SELECT (SELECT count(*) FROM objections WHERE state = 'received'),
           (SELECT count(*) FROM life_changes WHERE state = 'recorded'),
           (SELECT count(*) FROM criteria_versions WHERE state = 'draft'),
           (SELECT count(DISTINCT state) FROM dataset_releases)
""")
VERSION = text("SELECT decree_number, valid_from FROM criteria_versions")


def test_a_cycle_is_this_quarter_and_the_next() -> None:
    assert cycle_dates(date(2026, 11, 22)) == (date(2026, 10, 1), date(2027, 3, 31))
    assert cycle_dates(date(2027, 1, 1)) == (date(2027, 1, 1), date(2027, 6, 30))
    assert cycle_dates(date(2028, 9, 30)) == (date(2028, 7, 1), date(2028, 12, 31))


def test_a_school_year_begins_in_july() -> None:
    assert school_year_of(date(2026, 10, 1)) == date(2026, 7, 1)
    assert school_year_of(date(2027, 4, 1)) == date(2026, 7, 1)


def on(day: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program believe that it is this moment."""
    monkeypatch.setattr(clock, "utc_now", lambda: day)


def quiet(_line: str) -> None:
    """Say nothing."""


async def counted(url: str) -> dict[str, list[Any]]:
    """What a demonstration has left in the database."""
    engine = new_engine(url, application_name="tests")
    asked = {"lists": LISTS, "imports": IMPORTS, "rows": ROWS, "waiting": WAITING}
    async with engine.connect() as tx:
        found = {name: [tuple(row) for row in await tx.execute(one)] for name, one in asked.items()}
    await engine.dispose()
    return found


async def counted_after_a_repeat(
    settings: Settings, url: str, province: Path
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What is there before and after the same demonstration is made once more."""
    before = await counted(url)
    await seed.seed_demo(settings, province, quiet)
    return before, await counted(url)


@pytest.mark.parametrize("day", DAYS, ids=["today", "in a year"])
async def test_a_demonstration_can_be_started_on_any_day(
    day: datetime,
    new_database: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on(day, monkeypatch)
    options = ["--size", "small", "--out", str(tmp_path / "province")]
    assert make_population(options, today=day.date()) == 0
    url = new_database("registry")
    settings = Settings(
        **settings_values(url), demo=True, demo_password="contoh-saja", demo_totp_secret="A" * 32
    )
    await seed.seed_demo(settings, tmp_path / "province", quiet)
    engine = new_engine(url, application_name="tests")
    async with engine.connect() as tx:
        outcomes = {row[0]: row[1] for row in await tx.execute(OUTCOMES)}
        lists = {row[0]: row[1] for row in await tx.execute(STATES)}
        cycle = (await tx.execute(CYCLE)).one()
        ages = {code: (youngest, eldest) for code, youngest, eldest in await tx.execute(AGES)}
    await engine.dispose()

    again = await counted_after_a_repeat(settings, url, tmp_path / "province")

    assert again[0] == again[1]
    assert {state for (state, _) in again[1]["lists"]} == {"approved", "proposed"}
    assert again[1]["waiting"] == [(1, 1, 1, 2)]
    assert cycle.opens_on <= day.date() <= cycle.closes_on
    assert outcomes.keys() == {"eligible", "ineligible", "needs_review"}
    assert outcomes["eligible"] > 20
    assert lists["approved"] >= 1
    assert ages.keys() == {"school_fee", "child_check", "elder_check"}
    assert ages["school_fee"][0] >= 15
    assert ages["school_fee"][1] <= 18
    assert ages["child_check"][1] <= 4
    assert ages["elder_check"][0] >= 60


async def test_preparing_it_again_on_another_day_changes_nothing(
    new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database("registry")
    settings = Settings(
        **settings_values(url), demo=True, demo_password="contoh-saja", demo_totp_secret="A" * 32
    )
    engine = new_engine(url, application_name="tests")
    found = []
    for day in (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)):
        on(day, monkeypatch)
        await seed.prepare(settings)
        async with engine.connect() as tx:
            found.append(((await tx.execute(CYCLE)).all(), (await tx.execute(VERSION)).all()))
    await engine.dispose()

    assert found[0] == found[1]
    assert found[0] == (
        [(date(2026, 10, 1), date(2027, 3, 31), "Tahap 1 / 2026")],
        [("SK-CONTOH/2026", date(2026, 10, 1))],
    )

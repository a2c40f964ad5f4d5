"""The quarter a province is of: given, or the last one that is over on the day it is made."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.population.provinces import table

from population.__main__ import main
from population.manifest import Manifest
from population.period import Period


def made_on(today: date, out: Path, *options: str) -> tuple[Manifest, Path]:
    assert main(["--size", "400", *options, "--out", str(out)], today=today) == 0
    return json.loads((out / "manifest.json").read_text(encoding="utf-8")), out


@pytest.mark.parametrize(
    ("today", "name"),
    [
        (date(2025, 11, 22), "2025-Q3"),
        (date(2026, 9, 30), "2026-Q2"),
        (date(2026, 10, 1), "2026-Q3"),
        (date(2027, 1, 1), "2026-Q4"),
        (date(2027, 4, 1), "2027-Q1"),
    ],
)
def test_the_usual_period_is_the_last_quarter_that_is_over(today: date, name: str) -> None:
    assert Period.last_whole_before(today).name == name


def test_a_period_is_read_as_it_is_written() -> None:
    assert Period.read("2027-Q2") == Period(2027, 2)
    assert Period.read("2027-Q2").opens_on == date(2027, 4, 1)
    for wrong in ("2027-Q5", "2027-2", "27-Q1", ""):
        with pytest.raises(ValueError, match="written like 2026-Q3"):
            Period.read(wrong)


@pytest.mark.parametrize("today", [date(2025, 2, 1), date(2027, 11, 22)])
def test_nothing_in_a_province_lies_after_the_day_it_is_made(today: date, tmp_path: Path) -> None:
    manifest, folder = made_on(today, tmp_path / "province")

    persons = table(folder / "answer_key" / "persons.csv")
    assert max(row["tanggallahir"] for row in persons) < manifest["reference_on"]
    assert date.fromisoformat(manifest["reference_on"]) < today
    assert (folder / manifest["dtsen"]["file"]).is_file()


def test_a_given_period_does_not_depend_on_the_day(tmp_path: Path) -> None:
    options = ("--period", "2026-Q1")
    one, _ = made_on(date(2026, 5, 1), tmp_path / "one", *options)
    other, _ = made_on(date(2028, 5, 1), tmp_path / "other", *options)

    assert one == other
    assert one["dtsen"]["period"] == "2026-Q1"

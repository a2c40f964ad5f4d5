"""Small provinces to look at, and the files of one."""

import csv
from pathlib import Path

from population.__main__ import main
from population.period import Period

PERIOD = Period(2026, 3)
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


def made(out: Path, *options: str) -> Path:
    """Write a province of a fixed quarter with the program itself; return its folder."""
    assert main(["--period", PERIOD.name, *options, "--out", str(out)]) == 0
    return out


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

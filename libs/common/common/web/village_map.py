"""The map of village points as an SVG's numbers; no database, and no marks of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from common.regions import region_name
from common.shares import share_of, step_of
from common.village_points import Point, village_points

WIDTH = 720.0
MARGIN = 24.0
# Of a label, as large as a phone shows it.
LETTER_WIDTH, LINE_HEIGHT = 11.0, 24.0
# Points of one district stay apart on a phone, and those of the whole province do not run together.
RADIUS_OF_LEVEL = {"province": 4.2, "regency": 8.0, "district": 13.0, "village": 16.0}


@dataclass(frozen=True, slots=True)
class Dot:
    """A village: where it is drawn, how dark (see `shares.step_of`), and what it says."""

    code: str
    name: str
    x: float
    y: float
    step: int
    share: int | None
    families: int


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    height: float
    radius: float
    dots: list[Dot]
    labels: list[Label]


def draw(
    villages: Iterable[Mapping[str, Any]], *, measure: str, level: str, below: Iterable[str]
) -> Map:
    """Return the map of these villages; `below` are the regions to be named on it."""
    rows = [row for row in villages if row["region_code"] in village_points()]
    points = {row["region_code"]: village_points()[row["region_code"]] for row in rows}
    place, height = _projection(points.values())
    dots = [_dot(row, place(points[row["region_code"]]), measure) for row in rows]
    # Drawn last lies on top: the villages with something to tell.
    dots.sort(key=lambda dot: (dot.step, dot.code))
    labels = [] if level == "village" else _labels(dots, below)
    return Map(height, RADIUS_OF_LEVEL[level], dots, labels)


def _dot(row: Mapping[str, Any], at: tuple[float, float], measure: str) -> Dot:
    share = share_of(row[measure], row["families"])
    code = row["region_code"]
    return Dot(code, region_name(code), at[0], at[1], step_of(share), share, row["families"])


def _projection(points: Iterable[Point]) -> tuple[Any, float]:
    """Return how degrees become places: so near the equator a degree is as wide as it is high."""
    found = list(points)
    west = min((one.longitude for one in found), default=0.0)
    east = max((one.longitude for one in found), default=1.0)
    south = min((one.latitude for one in found), default=0.0)
    north = max((one.latitude for one in found), default=1.0)
    # A single village is drawn in the middle, not infinitely large.
    wide = max(east - west, (north - south) * 0.8, 0.05)
    scale = (WIDTH - 2 * MARGIN) / wide
    left = (WIDTH - (east - west) * scale) / 2

    def place(point: Point) -> tuple[float, float]:
        x = left + (point.longitude - west) * scale
        y = MARGIN + (north - point.latitude) * scale
        return round(x, 1), round(y, 1)

    return place, round(2 * MARGIN + (north - south) * scale, 1)


def _labels(dots: Iterable[Dot], below: Iterable[str]) -> list[Label]:
    """Return names at the middle of their villages; one that would lie on another is left out."""
    found = list(dots)
    labels: list[Label] = []
    for code in below:
        inside = [dot for dot in found if dot.code == code or dot.code.startswith(f"{code}.")]
        if inside:
            x, y = median(dot.x for dot in inside), median(dot.y for dot in inside)
            label = Label(short_name(region_name(code)), round(x, 1), round(y, 1))
            if not any(_touch(label, other) for other in labels):
                labels.append(label)
    return labels


def _touch(one: Label, other: Label) -> bool:
    wide = (len(one.text) + len(other.text)) * LETTER_WIDTH / 2
    return abs(one.x - other.x) < wide and abs(one.y - other.y) < LINE_HEIGHT


def short_name(name: str) -> str:
    """Return a region's name as a map shows it."""
    for word in ("Kabupaten ", "Kota "):
        name = name.removeprefix(word)
    return name

"""The days of a cycle as the numbers of an SVG: one bar a day, empty days included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WIDTH, HEIGHT = 720.0, 200.0
BASE, TOP = 172.0, 24.0
BAR_WIDTH_MAX = 48.0
# A label needs so much room; days between go without.
LABEL_ROOM = 74.0


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    acts: int
    rupiah: int
    x: float
    y: float
    width: float
    height: float
    has_label: bool

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    most: int
    base: float = BASE
    top: float = TOP


def bars_of(days: Sequence[Mapping[str, Any]]) -> Bars | None:
    """Return the bars of these days (youngest first), oldest first; None where there are none."""
    if not days:
        return None
    known = {row["day"]: row for row in days}
    first, last = min(known), max(known)
    count = (last - first).days + 1
    most = max(row["acts"] for row in days)
    room = WIDTH / count
    width = min(room * 0.8, BAR_WIDTH_MAX)
    step = max(1, round(LABEL_ROOM / room))
    bars = []
    for place in range(count):
        day = first + timedelta(days=place)
        row = known.get(day) or {"acts": 0, "rupiah": 0}
        high = (BASE - TOP) * row["acts"] / most if most else 0.0
        x = room * place + (room - width) / 2
        bars.append(
            Bar(
                day,
                row["acts"],
                row["rupiah"],
                round(x, 1),
                round(BASE - high, 1),
                round(width, 1),
                round(high, 1),
                (count - 1 - place) % step == 0,
            )
        )
    return Bars(bars, most)

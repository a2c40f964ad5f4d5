"""The hours of a day as the numbers of an SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720.0, 170.0
BASE, TOP = 140.0, 26.0
# A day that began at six and ends at five is drawn whole even when it is still early.
FIRST_HOUR, LAST_HOUR = 7, 16


@dataclass(frozen=True, slots=True)
class Hour:
    hour: int
    acts: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return round(self.x + self.width / 2, 1)


def hours_of(rows: Sequence[Mapping[str, Any]]) -> list[Hour]:
    """Return a bar for each hour from the first to the last; none when nothing was given."""
    if not rows:
        return []
    acts = {row["hour"]: row["acts"] for row in rows}
    first, last = min(FIRST_HOUR, *acts), max(LAST_HOUR, *acts)
    room, most = WIDTH / (last - first + 1), max(acts.values())
    found = []
    for place, hour in enumerate(range(first, last + 1)):
        high = (BASE - TOP) * acts.get(hour, 0) / most
        x, y = room * place + room * 0.1, BASE - high
        sizes = (round(x, 1), round(y, 1), round(room * 0.8, 1), round(high, 1))
        found.append(Hour(hour, acts.get(hour, 0), *sizes))
    return found

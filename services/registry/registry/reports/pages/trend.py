"""The lines of the last days as an SVG's numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720.0, 180.0
LEFT, TOP = 8.0, 12.0
LINES = ("families", "checked", "approved")


@dataclass(frozen=True, slots=True)
class Trend:
    """Polylines by measure, oldest day first, and the number at the top of the scale."""

    lines: dict[str, str]
    ends: dict[str, tuple[float, float]]
    most: int


def trend_of(days: Sequence[Mapping[str, Any]]) -> Trend | None:
    """Return the lines of these days (youngest first); None for fewer than two."""
    rows = list(reversed(days))
    most = max((row["families"] for row in rows), default=0)
    if len(rows) < 2 or most == 0:
        return None
    first, last = rows[0]["day"].toordinal(), rows[-1]["day"].toordinal()
    across = (WIDTH - 2 * LEFT) / max(last - first, 1)
    up = (HEIGHT - 2 * TOP) / most
    lines, ends = {}, {}
    for name in LINES:
        places = [
            (
                round(LEFT + (row["day"].toordinal() - first) * across, 1),
                round(HEIGHT - TOP - row[name] * up, 1),
            )
            for row in rows
        ]
        lines[name] = " ".join(f"{x},{y}" for x, y in places)
        ends[name] = places[-1]
    return Trend(lines, ends, most)

"""What is counted about data collection, and which cells are too small to be shown; no database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What is counted of each village, in the order of the way of a family.
MEASURES = (
    "families",
    "complete",
    "checked",
    "flagged",
    "decided",
    "approved",
    "persons",
    "files",
)
# The steps that a map can show, as a share of the families entered.
SHARES = ("complete", "checked", "decided", "approved", "flagged")
# Fewer families or people than this could be known by name in their district.
SMALL_CELL_MAX = 4
REASON_CHARACTERS_MIN = 10

Row = dict[str, Any]


def share_of(part: int, whole: int) -> int | None:
    """Return a share in whole per cent, or None of nothing; all and none are never rounded to."""
    if whole == 0:
        return None
    per_cent = round(100 * part / whole)
    if part < whole:
        per_cent = min(per_cent, 99)
    return max(per_cent, 1) if part else 0


def step_of(share: int | None) -> int:
    """Return how dark a share is drawn: 0 for no families, 1 for none of them … 5 for all."""
    if share is None:
        return 0
    return 1 if share == 0 else 2 if share < 50 else 3 if share < 90 else 4 if share < 100 else 5


def total(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums of several regions' counts."""
    sums = dict.fromkeys(MEASURES, 0)
    for row in rows:
        for name in MEASURES:
            sums[name] += row[name]
    return sums


def suppressed(
    rows: Sequence[Row], *, counts: Sequence[str], within: Sequence[str], derived: Sequence[str]
) -> tuple[list[Row], int]:
    """Return the rows with small counts hidden (null), and how many cells were.

    A count of 1 to SMALL_CELL_MAX is hidden. Where that leaves one hidden cell in a group (the
    rows with equal `within`), the next smallest goes too: the sum of the group, which is often
    published elsewhere, would give the first one away. `derived` columns go with any count hidden.
    """
    found = [dict(row) for row in rows]
    hidden: set[tuple[int, str]] = set()
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(found):
        groups[tuple(row[name] for name in within)].append(place)
    for name in counts:
        for places in groups.values():
            hidden |= {(place, name) for place in _small(found, places, name)}
    for place, name in hidden:
        found[place][name] = None
    for place in {place for place, _ in hidden}:
        for name in derived:
            found[place][name] = None
    return found, len(hidden)


def _small(rows: Sequence[Row], places: Sequence[int], name: str) -> list[int]:
    small = [place for place in places if 0 < rows[place][name] <= SMALL_CELL_MAX]
    if len(small) != 1:
        return small
    others = [place for place in places if rows[place][name] > SMALL_CELL_MAX]
    return [*small, min(others, key=lambda place: rows[place][name])] if others else small

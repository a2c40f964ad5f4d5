"""What is counted about data collection, and which cells are too small to be shown; no database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def total(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums of several regions' counts."""
    sums = dict.fromkeys(MEASURES, 0)
    for row in rows:
        for name in MEASURES:
            sums[name] += row[name]
    return sums


def suppressed(
    rows: Sequence[Row],
    *,
    counts: Sequence[str],
    within: Sequence[str],
    derived: Sequence[str],
    is_whole: bool = False,
) -> tuple[list[Row], int]:
    """Return the rows with small counts hidden (null), and how many cells were.

    A count of 1 to SMALL_CELL_MAX is hidden. The sum of a group (the rows with equal `within`) is
    often published elsewhere, and so is the sum of a row whose counts are the parts of a whole
    (`is_whole`): so wherever cells are hidden they are at least two, and together more than
    SMALL_CELL_MAX; until then the next smallest goes too. `derived` columns go with any count.
    """
    lines = list(_columns_of_groups(rows, counts, within))
    if is_whole:
        lines += [[(place, name) for name in counts] for place in range(len(rows))]
    cells = {(place, name) for place in range(len(rows)) for name in counts}
    hidden = {(p, n) for p, n in cells if 0 < rows[p][n] <= SMALL_CELL_MAX}
    # What a column hides can lay a row open, and the other way round.
    while more := {cell for line in lines for cell in _next_to_hide(rows, line, hidden)}:
        hidden |= more
    found = [dict(row) for row in rows]
    for place, name in hidden:
        found[place] |= {name: None, **dict.fromkeys(derived)}
    return found, len(hidden)


Cell = tuple[int, str]


def _columns_of_groups(
    rows: Sequence[Row], counts: Sequence[str], within: Sequence[str]
) -> Iterator[list[Cell]]:
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[tuple(row[name] for name in within)].append(place)
    for places in groups.values():
        for name in counts:
            yield [(place, name) for place in places]


def _next_to_hide(rows: Sequence[Row], line: Sequence[Cell], hidden: set[Cell]) -> list[Cell]:
    """Return the next cell of a line that has to go, if its hidden ones could be worked out."""
    gone = [rows[p][n] for p, n in line if (p, n) in hidden]
    if not gone or (len(gone) > 1 and sum(gone) > SMALL_CELL_MAX):
        return []
    others = [cell for cell in line if cell not in hidden and rows[cell[0]][cell[1]] > 0]
    return [min(others, key=lambda cell: rows[cell[0]][cell[1]])] if others else []

"""The layouts a village file can have. A new one is a module beside this one and a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from population.layouts import opensid, siak
from population.records import Cell, Record
from population.sizes import Village


@dataclass(frozen=True, slots=True)
class Layout:
    """A header and how to write a row under it; `as_csv` says whether it exists as CSV at all."""

    name: str
    sheet: str
    columns: tuple[str, ...]
    cells: Callable[[Record, Village], list[Cell]]
    as_csv: bool


def _opensid(record: Record, village: Village) -> list[Cell]:
    del village
    return opensid.cells(record)


def _siak(record: Record, village: Village) -> list[Cell]:
    return siak.cells(record, village.district, village.name)


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(opensid.NAME, opensid.SHEET, opensid.COLUMNS, _opensid, as_csv=True),
        Layout(siak.NAME, siak.SHEET, siak.COLUMNS, _siak, as_csv=False),
    )
}
OTHER_LAYOUT_EVERY = 8  # With a second layout asked for, every eighth village sends that one.


def layout_of(place: int, names: tuple[str, ...]) -> Layout:
    """Return the layout of the village at this place in the plan: mostly the first one named."""
    others = names[1:]
    turn, rest = divmod(place, OTHER_LAYOUT_EVERY)
    chosen = others[turn % len(others)] if others and rest == OTHER_LAYOUT_EVERY - 1 else names[0]
    return LAYOUTS[chosen]

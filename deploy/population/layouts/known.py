"""The layouts a village file can have. A new one is a module beside this one and a line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from population.layouts import bip2016, khbs, opensid, regsosek, siak
from population.listing import Listing
from population.records import Cell, Record
from population.sizes import Village

Sheets = Iterable[tuple[str, Iterable[Iterable[Cell]]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a village's file is written; `as_csv` says whether it exists as CSV at all.

    Most have a header and a row for each record; a book is made as a whole by `book`, which also
    tells each record the row it stands in.
    """

    name: str
    sheet: str
    columns: tuple[str, ...]
    cells: Callable[[Record, Village], list[Cell]]
    as_csv: bool
    book: Callable[[Listing], Sheets] | None = None
    names_village: bool = False

    def rows(self, listing: Listing) -> Iterable[list[Cell]]:
        """Return the rows below the header."""
        return (self.cells(record, listing.village) for record in listing.records)

    def sheets(self, listing: Listing) -> Sheets:
        """Return each sheet's name and rows."""
        if self.book is not None:
            return self.book(listing)
        return [(self.sheet, [list(self.columns), *self.rows(listing)])]


def _opensid(record: Record, village: Village) -> list[Cell]:
    del village
    return opensid.cells(record)


def _siak(record: Record, village: Village) -> list[Cell]:
    return siak.cells(record, village.district, village.name)


def _khbs(record: Record, village: Village) -> list[Cell]:
    return khbs.cells(record, village.code)


def _none(record: Record, village: Village) -> list[Cell]:
    # Reached only by a mistake in the table below: whoever makes it is told which row asked.
    raise NotImplementedError(f"row {record.row} of {village.code}: a book is made as a whole")


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(opensid.NAME, opensid.SHEET, opensid.COLUMNS, _opensid, as_csv=True),
        Layout(siak.NAME, siak.SHEET, siak.COLUMNS, _siak, as_csv=False),
        Layout(khbs.NAME, khbs.SHEET, khbs.COLUMNS, _khbs, as_csv=True, names_village=True),
        Layout(bip2016.NAME, bip2016.SHEET, (), _none, as_csv=False, book=bip2016.sheets),
        Layout(regsosek.NAME, regsosek.PEOPLE, (), _none, as_csv=False, book=regsosek.sheets),
    )
}
OTHER_LAYOUT_EVERY = 8  # With more layouts asked for, every eighth village sends one of them.


def layout_of(place: int, names: tuple[str, ...]) -> Layout:
    """Return the layout of the village at this place in the plan: mostly the first one named."""
    others = names[1:]
    turn, rest = divmod(place, OTHER_LAYOUT_EVERY)
    chosen = others[turn % len(others)] if others and rest == OTHER_LAYOUT_EVERY - 1 else names[0]
    return LAYOUTS[chosen]

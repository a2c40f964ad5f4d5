"""Files whose columns a person of the village or agency has named once (see `intake.columns`)."""

import hashlib
from collections.abc import Sequence

from registry.intake.cells import Cell
from registry.intake.layouts import dtsen, dukcapil_match, people
from registry.intake.layouts.shape import (
    HEADER_WITHIN,
    Columns,
    Context,
    Mapped,
    Reading,
    header_key,
)
from registry.intake.sheet import Sheet

NAME = "mapped"
PEOPLE, DECILES, DUKCAPIL = "people", "deciles", "dukcapil"


def header_hash(cells: Sequence[Cell]) -> bytes:
    """Return what a header is remembered by: its headings in their order, and nothing below."""
    keys = [header_key(cell) for cell in cells]
    while keys and not keys[-1]:
        keys.pop()
    return hashlib.sha256("\x1f".join(keys).encode()).digest()


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the first sheet with a header that someone has named."""
    if not context.mappings:
        return None
    for sheet in sheets:
        for number, cells in sheet.rows():
            if number > HEADER_WITHIN:
                break
            known = context.mappings.get(header_hash(cells))
            if known is not None:
                return reading_of(sheet, number, known, context)
    return None


def reading_of(sheet: Sheet, header_row: int, known: Mapped, context: Context) -> Reading:
    """Return how to read what stands below a header as a person has said."""
    columns = Columns(dict(known.places))
    about = {"mapped_on": known.made_on.isoformat(), "mapped_by": known.made_by_name}
    if known.kind == DECILES:
        return dtsen.reading_of(sheet, header_row, columns, context, about)
    if known.kind == DUKCAPIL:
        return dukcapil_match.reading_of(sheet, header_row, columns, context, about)
    return people.reading_of(NAME, sheet, header_row, columns, context, about=about)

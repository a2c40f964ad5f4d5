"""A person's record as it is compared, and what is derived of it for blocking and comparing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.matching.names import sound_key

# The columns of the compared table, in the order of `row_of`; any engine may fill it.
COLUMNS = {
    "id": "BIGINT",
    "name": "VARCHAR",
    "sound": "VARCHAR",
    "words": "TINYINT",
    "initial": "VARCHAR",
    "born": "VARCHAR",
    "born_either_way": "VARCHAR",
    "month_day": "VARCHAR",
    "birth_year": "SMALLINT",
    "sex": "VARCHAR",
    "place": "VARCHAR",
    "village": "VARCHAR",
    "district": "VARCHAR",
    "regency": "VARCHAR",
    "nik": "VARCHAR",
    "father": "VARCHAR",
    "mother": "VARCHAR",
    "card": "VARCHAR",
}
NO_BIRTH = (None, None, None, None)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a person. Names are keys (`people.rules.name_key`); `nik` is open, in memory
    only, or None when there is none."""

    id: str
    name: str
    sex: str
    born_on: date | None
    region_code: str
    place: str | None = None
    nik: str | None = None
    father: str | None = None
    mother: str | None = None
    # The family card, by any name: only whether two records share one is asked.
    card: str | None = None


def row_of(number: int, record: Record) -> tuple[Any, ...]:
    """Return a record as a row of the compared table, under a number instead of its id."""
    sound = sound_key(record.name)
    return (
        number,
        record.name,
        sound,
        min(record.name.count(" ") + 1, 9),
        sound[:1],
        *_birth(record.born_on),
        record.sex,
        record.place.upper() if record.place else None,
        record.region_code,
        record.region_code[:8],
        record.region_code[:5],
        record.nik,
        sound_key(record.father) if record.father else None,
        sound_key(record.mother) if record.mother else None,
        record.card,
    )


def _birth(day: date | None) -> tuple[Any, ...]:
    if day is None:
        return NO_BIRTH
    low, high = sorted((day.day, day.month))
    text = day.isoformat()
    return text, f"{day.year}-{low:02}-{high:02}", text[5:], day.year


def in_columns(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return rows as columns."""
    return dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))


def pieces(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """Yield records in lists of at most `size`."""
    piece: list[Record] = []
    for record in records:
        piece.append(record)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece

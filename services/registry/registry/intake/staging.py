"""Rows of a file as they are staged: numbers sealed and indexed, ids given, doubles noticed."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from common.ids import new_id
from common.sealed import BlindIndex, Sealer
from registry.intake.layouts.shape import FactRow, PersonRow, Reading, ReadRow
from registry.people import rules

COLUMNS = (
    "import_id", "row_number", "errors", "warnings", "person_id", "temporary_number",
    "household_id", "nik_index", "nik_sealed", "kk_index", "kk_sealed", "address_index",
    "address_sealed", "name", "name_key", "sex", "born_on", "birth_place", "relation", "marital",
    "status", "fact_code", "fact_value", "period", "valid_from", "valid_to",
)  # fmt: skip
CHUNK_ROWS = 2000

Record = tuple[Any, ...]
Seen = dict[tuple[bytes, str, date | None], int]


class Stager:
    """Turns read rows into rows to be stored. Remembers indexes of the file, never its numbers."""

    def __init__(self, import_id: UUID, sealer: Sealer, index: BlindIndex) -> None:
        self._import_id = import_id
        self._sealer = sealer
        self._index = index
        self._cards: dict[str, tuple[bytes, bytes, UUID]] = {}
        self._niks: dict[bytes, int] = {}
        self._people: Seen = {}

    def chunks(self, reading: Reading) -> Iterator[list[Record]]:
        """Yield the file's rows in pieces of bounded size."""
        rows = reading.rows()
        while chunk := list(islice(rows, CHUNK_ROWS)):
            yield [self._record(row) for row in chunk]

    def _record(self, row: ReadRow) -> Record:
        content: Record = (None,) * (len(COLUMNS) - 4)
        if isinstance(row.content, PersonRow):
            content = self._person(row, row.content)
        elif isinstance(row.content, FactRow):
            content = self._fact(row.content)
        errors, warnings = json.dumps(row.errors), json.dumps(row.warnings)
        return (self._import_id, row.number, errors, warnings, *content)

    def _person(self, row: ReadRow, person: PersonRow) -> Record:
        nik_index, nik_sealed = self._nik(person.nik)
        kk_index, kk_sealed, household_id = self._card(person.kk)
        key = rules.name_key(person.name)
        self._notice_doubles(row, nik_index, (kk_index, key, person.born_on))
        address_index = address_sealed = None
        if person.address:
            address_index = self._index.of("address", person.address.upper())
            context = rules.address_context(kk_index)
            address_sealed = self._sealer.seal_text(person.address, context)
        person_id = new_id()
        return (
            person_id, rules.temporary_number(person_id), household_id, nik_index, nik_sealed,
            kk_index, kk_sealed, address_index, address_sealed, person.name, key, person.sex,
            person.born_on, person.birth_place or None, person.relation, person.marital or None,
            person.status, None, None, None, None, None,
        )  # fmt: skip

    def _fact(self, fact: FactRow) -> Record:
        nik_index = self._index.of("nik", fact.nik) if fact.nik else None
        kk_index = self._index.of("kk", fact.kk) if fact.kk else None
        return (
            None, None, None, nik_index, None, kk_index, None, None, None, fact.name or None, None,
            None, None, None, None, None, None, fact.code, fact.value, fact.period,
            fact.valid_from, fact.valid_to,
        )  # fmt: skip

    def _nik(self, nik: str) -> tuple[bytes | None, bytes | None]:
        if not nik:
            return None, None
        nik_index = self._index.of("nik", nik)
        return nik_index, self._sealer.seal_text(nik, rules.nik_context(nik_index))

    def _card(self, kk: str) -> tuple[bytes, bytes, UUID]:
        known = self._cards.get(kk)
        if known is None:
            kk_index = self._index.of("kk", kk)
            sealed = self._sealer.seal_text(kk, rules.kk_context(kk_index))
            known = self._cards[kk] = (kk_index, sealed, new_id())
        return known

    def _notice_doubles(
        self, row: ReadRow, nik_index: bytes | None, person: tuple[bytes, str, date | None]
    ) -> None:
        """A second row with a NIK, or with the same card, name and birth date, is an error."""
        if nik_index is not None:
            other = self._niks.setdefault(nik_index, row.number)
            if other != row.number:
                row.errors.append(_double("nik_twice_in_file", row.number, other))
                return
        other = self._people.setdefault(person, row.number)
        if other != row.number:
            row.errors.append(_double("person_twice_in_file", row.number, other))


def _double(code: str, row_number: int, other_row: int) -> dict[str, object]:
    return {"code": code, "cell": f"A{row_number}", "other_row": other_row}

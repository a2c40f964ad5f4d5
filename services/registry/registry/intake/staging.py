"""Rows of a file as they are staged: numbers sealed and indexed, ids given, in COPY's binary form.

A province has 836,824 rows and each passes here, so that what repeats is written out once.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import uuid_utils

from common.sealed import BlindIndex, Sealer
from registry.intake.layouts.shape import FactRow, PersonRow, Problem, Reading, ReadRow
from registry.people import rules

COLUMNS = (
    "import_id", "row_number", "errors", "warnings", "person_id", "temporary_number",
    "household_id", "region_code", "nik_index", "nik_sealed", "kk_index", "kk_sealed",
    "address_index", "address_sealed", "name", "name_key", "sex", "born_on", "birth_place",
    "relation", "marital", "status", "father_name", "mother_name", "phone_index", "phone_sealed",
    "change", "fact_code", "fact_value", "period", "valid_from", "valid_to",
)  # fmt: skip
CHUNK_ROWS = 2000
REMEMBERED_MAX = 100_000
# The binary form of COPY: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format".
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
NULLS = {count: NULL * count for count in range(1, len(COLUMNS))}
LENGTHS = tuple(struct.pack(">i", size) for size in range(512))
NUMBER = struct.Struct(">ii").pack
DAY_ONE = date(2000, 1, 1).toordinal()
NOTHING = struct.pack(">i", 3) + b"\x01[]"
EMPTY = bytes(4)
IS_NEW_ALONE = struct.pack(">i", 3) + b"new" + NULL * 5  # No person has the fields of a fact.
AS_ID, AS_INDEX = LENGTHS[16], LENGTHS[16]


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals the numbers of a file and what finds them again."""

    sealing: bytes
    index: bytes


@dataclass(slots=True)
class Card:
    """A family of this file: its id, its number's index as a field, and what was told of it."""

    id_field: bytes
    index: bytes
    index_field: bytes
    region_code: str
    has_address: bool = False


class Texts(dict[str, bytes]):
    """Texts as fields, remembered; empty is NULL."""

    def __missing__(self, text: str) -> bytes:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        field = self[text] = field_of(text.encode()) if text else NULL
        return field


class NameKeys(Texts):
    """Names as they are compared, as fields, remembered."""

    def __missing__(self, text: str) -> bytes:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        letters = text.replace(" ", "")
        if letters.isalpha() and letters.isascii() and "  " not in text:
            key = text.upper().strip()
        else:
            key = rules.name_key(text)
        field = self[text] = field_of(key.encode()) if key else NULL
        return field


class Days(dict[date | None, bytes]):
    """Days as fields, remembered."""

    def __missing__(self, day: date | None) -> bytes:
        field = self[day] = NUMBER(4, day.toordinal() - DAY_ONE) if day else NULL
        return field


def field_of(value: bytes) -> bytes:
    """Return a value with its length before it."""
    size = len(value)
    return (LENGTHS[size] if size < 512 else struct.pack(">i", size)) + value


class Stager:
    """Turns read rows into rows to be stored. Remembers families of the file, not its people."""

    def __init__(self, import_id: UUID, region_code: str, keys: Keys) -> None:
        self._head = struct.pack(">h", len(COLUMNS)) + AS_ID + import_id.bytes
        self._region_code = region_code
        self._sealer = Sealer(keys.sealing)
        self._index = BlindIndex(keys.index)
        self._cards: dict[str, Card] = {}
        self._texts, self._name_keys = Texts(), NameKeys()
        self._days = Days()

    def chunks(self, reading: Reading, *, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield the file's rows below row `after` in pieces of bounded size, with their count."""
        rows = (row for row in reading.rows() if row.number > after)
        while chunk := [self._record(row) for row in islice(rows, CHUNK_ROWS)]:
            yield len(chunk), b"".join(chunk)

    def villages(self) -> frozenset[str]:
        """Return the villages of the families that were read."""
        return frozenset(card.region_code for card in self._cards.values())

    def _record(self, row: ReadRow) -> bytes:
        content: bytes = NULLS[len(COLUMNS) - 4]
        if isinstance(row.content, PersonRow):
            content = self._person(row, row.content)
        elif isinstance(row.content, FactRow):
            content = self._fact(row.content)
        errors = problems_field(row.errors) if row.errors else NOTHING
        warnings = problems_field(row.warnings) if row.warnings else NOTHING
        return self._head + NUMBER(4, row.number) + errors + warnings + content

    def _person(self, row: ReadRow, person: PersonRow) -> bytes:
        """Return a person's fields; the order of COLUMNS, from `person_id` on."""
        texts, name = self._texts, person.name.encode()
        person_id = uuid_utils.uuid7().bytes
        card = self._cards.get(person.kk)
        card_sealed = NULL
        if card is None:
            card, card_sealed = self._new_card(person)
        if card.region_code != (person.region_code or self._region_code):
            row.errors.append({"code": "kk_in_two_villages", "cell": f"A{row.number}"})
        if person.nik:
            number, numbers = NULL, self._sealed("nik", person.nik, rules.nik_context)
        else:
            number = field_of(rules.temporary_number(UUID(bytes=person_id)).encode())
            numbers = NULLS[2]
        address = NULLS[2]
        if person.address and not card.has_address:
            address = self._address(card, person.address)
        phones = NULLS[2]
        if person.phone:
            phones = self._sealed("phone", person.phone, rules.phone_context)
        keys = self._name_keys
        name_key = keys[person.name]
        return b"".join((
            AS_ID, person_id, number, card.id_field, texts[card.region_code], numbers,
            card.index_field, card_sealed, address, LENGTHS[len(name)], name,
            name_key if name_key is not NULL else EMPTY,
            texts[person.sex], self._days[person.born_on], texts[person.birth_place],
            texts[person.relation], texts[person.marital], texts[person.status],
            keys[person.father_name], keys[person.mother_name], phones, IS_NEW_ALONE,
        ))  # fmt: skip

    def _sealed(self, purpose: str, value: str, context: Any) -> bytes:
        """Return a number's index and the number sealed to it, as two fields."""
        index = self._index.of(purpose, value)
        return AS_INDEX + index + field_of(self._sealer.seal_text(value, context(index)))

    def _new_card(self, person: PersonRow) -> tuple[Card, bytes]:
        """Return a family met for the first time; its sealed number stands in this row only."""
        index = self._index.of("kk", person.kk)
        region_code = person.region_code or self._region_code
        card = Card(AS_ID + uuid_utils.uuid7().bytes, index, AS_INDEX + index, region_code)
        self._cards[person.kk] = card
        return card, field_of(self._sealer.seal_text(person.kk, rules.kk_context(index)))

    def _address(self, card: Card, address: str) -> bytes:
        """Return the family's address as two fields; the first row that has one states it."""
        card.has_address = True
        index = self._index.of("address", address.upper())
        sealed = self._sealer.seal_text(address, rules.address_context(card.index))
        return AS_INDEX + index + field_of(sealed)

    def _fact(self, fact: FactRow) -> bytes:
        nik = AS_INDEX + self._index.of("nik", fact.nik) if fact.nik else NULL
        kk = AS_INDEX + self._index.of("kk", fact.kk) if fact.kk else NULL
        texts = self._texts
        return b"".join(
            (
                *(NULLS[3], texts[fact.region_code], nik, NULL, kk, NULLS[3]),
                *(texts[fact.name], NULLS[12]),
                *(texts[fact.code], texts[fact.value], texts[fact.period]),
                *(self._days[fact.valid_from], self._days[fact.valid_to]),
            )
        )


def problems_field(problems: Sequence[Problem]) -> bytes:
    """Return what is wrong in a row as a jsonb field."""
    return field_of(b"\x01" + json.dumps(problems).encode())

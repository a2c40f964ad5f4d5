"""Old workbooks (.xls) from inside: whether they carry macros, and where formulas stand.

A compound file is a small file system of sectors [MS-CFB]; a workbook in it is a stream of records
[MS-XLS]. Only what the checks need is read, and every chain is followed within the file's size.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.problems import Refused

HEADER_BYTES = 512
LAST_SECTOR = 0xFFFFFFFA  # Larger numbers are marks, not sectors.
DIFAT_IN_HEADER = 109
ENTRY_BYTES = 128
ROOT, STREAM = 5, 2
MACRO_NAMES = frozenset({"_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "MACROS"})
BOUND_SHEET, FORMULA, BEGIN, END = 0x0085, (0x0006, 0x0206, 0x0406), 0x0809, 0x000A
RECORD_HEAD = struct.Struct("<HH")


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream or storage of the compound file."""

    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """A compound file in memory; raises Refused when its parts don't fit together."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        try:
            self._read_header()
        except (struct.error, IndexError, ValueError) as error:
            raise Refused("file_unreadable") from error

    def _read_header(self) -> None:
        head = self._bytes[:HEADER_BYTES]
        shift, mini_shift = struct.unpack_from("<HH", head, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("not a sector size of compound files")
        self._sector, self._mini_sector = 1 << shift, 1 << mini_shift
        (first_directory,) = struct.unpack_from("<I", head, 48)
        self._cutoff, first_mini, _, first_difat, _ = struct.unpack_from("<5I", head, 56)
        self._table = self._allocation_table(head, first_difat)
        directory = self._chain(first_directory)
        self.entries = [
            entry
            for at in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES)
            if (entry := _entry(directory[at : at + ENTRY_BYTES])).kind
        ]
        root = next((entry for entry in self.entries if entry.kind == ROOT), None)
        if root is None:
            raise ValueError("no root")
        self._mini = self._chain(root.start)
        self._mini_table = _numbers(self._chain(first_mini))

    def _allocation_table(self, head: bytes, difat: int) -> tuple[int, ...]:
        # One number for each sector of the file: a table that says more is made up to fill memory.
        needed = 4 * (len(self._bytes) // self._sector + 1)
        sectors = [*struct.unpack_from(f"<{DIFAT_IN_HEADER}I", head, 76)]
        while difat < LAST_SECTOR and len(sectors) * self._sector < needed:
            *more, difat = _numbers(self._at(difat))
            sectors += more
        said = [one for one in sectors if one < LAST_SECTOR][: needed // self._sector + 1]
        return _numbers(b"".join(map(self._at, said))[:needed])

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._bytes[start : start + self._sector]

    def _chain(self, sector: int) -> bytes:
        pieces = []
        # A chain longer than the file goes in a circle.
        for _ in range(len(self._table)):
            if sector >= LAST_SECTOR:
                break
            pieces.append(self._at(sector))
            sector = self._table[sector]
        return b"".join(pieces)

    def stream(self, name: str) -> bytes | None:
        """Return a stream's content, or None when there is none of this name."""
        found = next((one for one in self.entries if one.kind == STREAM and one.name == name), None)
        if found is None:
            return None
        if found.size >= self._cutoff:
            return self._chain(found.start)[: found.size]
        pieces, sector = [], found.start
        for _ in range(len(self._mini) // self._mini_sector + 1):
            if not 0 <= sector < len(self._mini_table):
                break
            start = sector * self._mini_sector
            pieces.append(self._mini[start : start + self._mini_sector])
            sector = self._mini_table[sector]
        return b"".join(pieces)[: found.size]


def has_macros(path: Path) -> bool:
    """Tell whether an old workbook carries program code."""
    return any(entry.name.upper() in MACRO_NAMES for entry in CompoundFile(path).entries)


def formula_cells(path: Path, sheet: int) -> Iterator[tuple[int, int]]:
    """Yield row and column, counted from 0, of the formulas on a sheet; raises Refused."""
    file = CompoundFile(path)
    book = file.stream("Workbook") or file.stream("Book")
    if book is None:
        raise Refused("file_unreadable")
    places = [
        struct.unpack_from("<I", book, at)[0]
        for kind, at, size in _records(book, 0)
        if kind == BOUND_SHEET and size >= 4
    ]
    if sheet >= len(places):
        raise Refused("file_unreadable")
    for kind, at, size in _records(book, places[sheet]):
        if kind in FORMULA and size >= 4:
            row, column = struct.unpack_from("<HH", book, at)
            yield row, column


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and size of the records of one part; parts inside it (charts) too."""
    depth = 0
    while at + RECORD_HEAD.size <= len(book):
        kind, size = RECORD_HEAD.unpack_from(book, at)
        at += RECORD_HEAD.size
        if kind == BEGIN:
            depth += 1
        elif kind == END:
            depth -= 1
            if depth <= 0:
                return
        yield kind, at, min(size, len(book) - at)
        at += size


def _entry(raw: bytes) -> Entry:
    length, kind = struct.unpack_from("<HB", raw, 64)
    start, size = struct.unpack_from("<II", raw, 116)
    name = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
    return Entry(name, kind, start, size)


def _numbers(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

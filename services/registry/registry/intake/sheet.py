"""Opening a file as sheets of rows, within named limits and without believing its name."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from common.problems import Refused
from registry.intake.cells import Cell

WORKBOOK_BYTES_MAX = 32 * 1024 * 1024
TEXT_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_048_576
COLUMNS_MAX = 512
ZIP_ENTRIES_MAX = 2_000
ZIP_UNPACKED_BYTES_MAX = 1024 * 1024 * 1024
# A sheet of text packs 10 to 30 times; a bomb thousands of times.
ZIP_RATIO_MAX = 150
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SNIFF_BYTES = 64 * 1024
DELIMITERS = (",", ";", "\t")
TEXT_FORM = "text"

Row = tuple[int, Sequence[Cell]]  # The number as a spreadsheet counts, and the cells from column A.


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; `rows()` starts over each time and leaves out nothing but empty rows."""

    name: str
    source: "CalamineSheet | TextFile"

    def rows(self) -> Iterator[Row]:
        """Yield the rows that have anything in them."""
        return self.source.rows() if isinstance(self.source, TextFile) else _rows_of(self.source)

    @property
    def height(self) -> int:
        """How many rows there may be, to show progress."""
        if isinstance(self.source, TextFile):
            return self.source.lines
        return self.source.height


@dataclass(frozen=True, slots=True)
class TextFile:
    """Separated text with its encoding and separator found out."""

    path: Path
    encoding: str
    delimiter: str
    lines: int

    def rows(self) -> Iterator[Row]:
        """Yield the rows; every cell is text."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            for number, cells in enumerate(reader, 1):
                if number > ROWS_MAX:
                    raise Refused("file_too_many_rows", rows_max=ROWS_MAX)
                if any(cells):
                    yield number, cells[:COLUMNS_MAX]


def open_sheets(path: Path) -> list[Sheet]:
    """Return a file's sheets; raises Refused with the reason when it isn't a file to read."""
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    size = path.stat().st_size
    if head.startswith(ZIP_MAGIC):
        _check_workbook_zip(path, size)
        return _workbook(path)
    if head.startswith(OLE_MAGIC):
        _check_size(size, WORKBOOK_BYTES_MAX)
        return _workbook(path)
    _check_size(size, TEXT_BYTES_MAX)
    return [Sheet("CSV", _text_file(path, head))]


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise Refused("file_too_large", size_mb=limit // 1024 // 1024)


def _check_workbook_zip(path: Path, size: int) -> None:
    """Refuse what would unpack to far more than it is, or carries program code."""
    _check_size(size, WORKBOOK_BYTES_MAX)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Refused("file_unreadable") from error
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > ZIP_ENTRIES_MAX
        or unpacked > ZIP_UNPACKED_BYTES_MAX
        or unpacked > ZIP_RATIO_MAX * max(size, 1024)
    ):
        raise Refused("file_unpacks_too_large")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise Refused("file_has_macros")


def _workbook(path: Path) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_path(path)
        return [Sheet(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except PasswordError as error:
        raise Refused("file_has_password") from error
    # The reader is native code over a file from outside: a panic is its way to say "broken".
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("file_unreadable") from error


def _rows_of(sheet: CalamineSheet) -> Iterator[Row]:
    if sheet.start is None:
        return
    first_row, first_column = sheet.start
    pad: list[Cell] = [""] * first_column
    # `iter_rows` begins where the content does, so that counting goes on from there.
    for number, cells in enumerate(sheet.iter_rows(), first_row + 1):
        if any(cell != "" for cell in cells):
            yield number, [*pad, *cells[:COLUMNS_MAX]]


def _text_file(path: Path, head: bytes) -> TextFile:
    if b"\x00" in head:
        raise Refused("file_unreadable")
    encoding = _encoding_of(path)
    start = head.decode(encoding, errors="replace")
    # The header decides: data cells may hold any of these signs.
    first = next((line for line in io.StringIO(start) if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    if first.count(delimiter) == 0:
        raise Refused("file_unreadable")
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return TextFile(path, encoding, delimiter, lines)


def _encoding_of(path: Path) -> str:
    """Return UTF-8 when the whole file is; else Windows' Western encoding, as Excel saves."""
    with path.open("rb") as file:
        marked = file.read(3) == b"\xef\xbb\xbf"
    try:
        with path.open(encoding="utf-8") as text:
            for _ in iter(lambda: text.read(1 << 20), ""):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if marked else "utf-8"

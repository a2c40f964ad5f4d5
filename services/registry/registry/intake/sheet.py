"""Opening a file as sheets of rows, within named limits and without believing its name."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from common.problems import Refused
from registry.intake import archive, ole
from registry.intake.cells import Cell

# A whole province as one sheet of text is 73 MB. The old form ends at 65,536 rows.
WORKBOOK_BYTES_MAX = 96 * 1024 * 1024
OLD_WORKBOOK_BYTES_MAX = 32 * 1024 * 1024
TEXT_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_048_576
COLUMNS_MAX = 512
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SNIFF_BYTES = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_LINES = 30  # Titles may stand above the header, which has the most separators.
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
TEXT_FORM = "text"

Row = tuple[int, Sequence[Cell]]  # The number as a spreadsheet counts, and the cells from column A.


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; `rows()` starts over each time and leaves out nothing but empty rows."""

    name: str
    source: "CalamineSheet | TextFile"
    # The workbook it is from, and its place there; None for text.
    book: "Book | None" = None
    place: int = 0

    def rows(self) -> Iterator[Row]:
        """Yield the rows that have anything in them."""
        return self.source.rows() if isinstance(self.source, TextFile) else _rows_of(self.source)

    def formula_cells(self) -> Iterator[tuple[int, int]]:
        """Yield row and column, counted from 0, of formulas; a text file has none."""
        if self.book is None:
            return iter(())
        if self.book.is_old:
            return ole.formula_cells(self.book.path, self.place)
        return archive.formula_cells(self.book.path, self.place)

    @property
    def height(self) -> int:
        """How many rows there may be, to show progress."""
        if isinstance(self.source, TextFile):
            return self.source.lines
        return self.source.height


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's file, and whether it has the old form (.xls)."""

    path: Path
    is_old: bool


@dataclass(frozen=True, slots=True)
class TextFile:
    """Separated text with its encoding and separator found out."""

    path: Path
    encoding: str
    delimiter: str
    lines: int
    # Whether it may have quoted cells, in which a line may end.
    is_quoted: bool = True

    def rows(self) -> Iterator[Row]:
        """Yield the rows; every cell is text."""
        with self._opened() as file:
            yield from self._parsed(file, 1)

    def shared_rows(self, block: int, share: int, shares: int, head: int) -> Iterator[Row]:
        """Yield the first `head` rows and every `shares`-th block of `block` rows.

        Without quoted cells a row is a line, so that lines of others need not be taken apart.
        """
        if self.is_quoted:
            for row in self.rows():
                if row[0] // block % shares == share or row[0] <= head:
                    yield row
            return
        with self._opened() as file:
            first, last = 1, head
            while lines := list(islice(file, last - first + 1)):
                if first == 1 or first // block % shares == share:
                    yield from self._parsed(lines, first)
                elif first + len(lines) - 1 > ROWS_MAX:
                    raise Refused("file_too_many_rows", rows_max=ROWS_MAX)
                first, last = last + 1, (last + 1) // block * block + block - 1

    def _opened(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")

    def _parsed(self, lines: Iterable[str], first: int) -> Iterator[Row]:
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=self.delimiter), first):
                if number > ROWS_MAX:
                    raise Refused("file_too_many_rows", rows_max=ROWS_MAX)
                if any(cells):
                    yield number, cells[:COLUMNS_MAX] if len(cells) > COLUMNS_MAX else cells
        except csv.Error as error:
            # A quotation mark that nothing closes has swallowed the rest of the file.
            raise Refused("file_unreadable") from error


def open_sheets(path: Path) -> list[Sheet]:
    """Return a file's sheets; raises Refused with the reason when it isn't a file to read."""
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    size = path.stat().st_size
    if head.startswith(ZIP_MAGIC):
        _check_size(size, WORKBOOK_BYTES_MAX)
        archive.check(path)
        return _workbook(Book(path, is_old=False))
    if head.startswith(OLE_MAGIC):
        _check_size(size, OLD_WORKBOOK_BYTES_MAX)
        if ole.has_macros(path):
            raise Refused("file_has_macros")
        return _workbook(Book(path, is_old=True))
    _check_size(size, TEXT_BYTES_MAX)
    return [Sheet("CSV", _text_file(path, head))]


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise Refused("file_too_large", size_mb=limit // 1024 // 1024)


def _workbook(book: Book) -> list[Sheet]:
    try:
        opened = CalamineWorkbook.from_path(book.path)
        return [
            Sheet(name, opened.get_sheet_by_name(name), book, place)
            for place, name in enumerate(opened.sheet_names)
        ]
    except PasswordError as error:
        raise Refused("file_has_password") from error
    # The reader is native code over a file from outside: a panic is its way to say "broken".
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("file_unreadable") from error


def _rows_of(sheet: CalamineSheet) -> Iterator[Row]:
    if sheet.start is None:
        return
    _, first_column = sheet.start
    pad: list[Cell] = [""] * first_column
    # `iter_rows` gives the empty rows above the content, but not the empty columns beside it.
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell != "" for cell in cells):
            yield number, [*pad, *cells[:COLUMNS_MAX]]


def _text_file(path: Path, head: bytes) -> TextFile:
    if b"\x00" in head and not head.startswith(UTF_16_MARKS):
        raise Refused("file_unreadable")
    encoding = _encoding_of(path, head)
    start = head.decode(encoding, errors="replace")
    lines = [line for line in io.StringIO(start) if line.strip()][:DELIMITER_LINES]
    # Data cells may hold any of these signs, but only the true one stands between all columns.
    most = {sign: max((line.count(sign) for line in lines), default=0) for sign in DELIMITERS}
    delimiter = max(DELIMITERS, key=most.__getitem__)
    if most[delimiter] == 0:
        raise Refused("file_unreadable")
    height, is_quoted = 0, False
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            height += block.count(b"\n")
            is_quoted = is_quoted or b'"' in block
    return TextFile(path, encoding, delimiter, height, is_quoted)


def _encoding_of(path: Path, head: bytes) -> str:
    """Return UTF-8 when the whole file is; else Windows' Western encoding, as Excel saves."""
    if head.startswith(UTF_16_MARKS):
        return "utf-16"
    marked = head.startswith(b"\xef\xbb\xbf")
    try:
        with path.open(encoding="utf-8") as text:
            for _ in iter(lambda: text.read(1 << 20), ""):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if marked else "utf-8"

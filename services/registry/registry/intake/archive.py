"""Workbooks that are zip archives (.xlsx): bombs, macros and formulas, found before parsing."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.sax.saxutils import unescape

from common.problems import Refused

ENTRIES_MAX = 2_000
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024
# A sheet of text packs 10 to 30 times; a bomb thousands of times.
RATIO_MAX = 150
PIECE_BYTES = 1024 * 1024
LOCAL_HEADER = struct.Struct("<26xHH")
BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
PART_BYTES_MAX = 4 * 1024 * 1024
SHEET_TAG = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?\w+:id=\"([^\"]+)\"")
LINK_TAG = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
ATTRIBUTE = re.compile(rb"(\w+)=\"([^\"]*)\"")
FORMULA = re.compile(rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f[\s/>]")
ADDRESS = re.compile(rb"\br=\"([A-Z]{1,3})(\d+)\"")
# The longest that a cell's opening tag may be when it lies across two pieces.
OVERLAP_BYTES = 1024


def check(path: Path) -> None:
    """Refuse an archive that unpacks to far more than it is, has macros, or is no .xlsx."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entries = archive.infolist()
            _check_sizes(entries, path.stat().st_size)
            names = {entry.filename for entry in entries}
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise Refused("file_has_macros")
            if BOOK not in names:
                # Another kind of workbook (.ods, .xlsb), whose formulas we could not see.
                raise Refused("file_unreadable")
            for entry in entries:
                for _ in _inflated(file, entry):
                    pass
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError) as error:
        raise Refused("file_unreadable") from error


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > ENTRIES_MAX
        or unpacked > UNPACKED_BYTES_MAX
        or unpacked > RATIO_MAX * max(size, 1024)
    ):
        raise Refused("file_unpacks_too_large")


def _inflated(file: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry's content; refuses one that is longer than the archive says it is."""
    file.seek(entry.header_offset)
    name_bytes, extra_bytes = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    file.seek(name_bytes + extra_bytes, 1)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
        raise Refused("file_unreadable")
    unpack = zlib.decompressobj(-15) if entry.compress_type else None
    packed, unpacked = entry.compress_size, 0
    while packed > 0 and (piece := file.read(min(packed, PIECE_BYTES))):
        packed -= len(piece)
        while piece:
            content = unpack.decompress(piece, PIECE_BYTES) if unpack else piece
            piece = unpack.unconsumed_tail if unpack else b""
            unpacked += len(content)
            if unpacked > entry.file_size:
                raise Refused("file_unpacks_too_large")
            yield content


def formula_cells(path: Path, sheet: int) -> Iterator[tuple[int, int]]:
    """Yield row and column, counted from 0, of the formulas on a sheet.

    A formula in a cell that doesn't say where it is counts as standing at (0, -1): anywhere.
    """
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        part = _part_of(archive, file, sheet)
        rest = b""
        for piece in _inflated(file, archive.getinfo(part)):
            text = rest + piece
            rest = b""
            if b"<f" in text or b":f" in text:
                last = 0
                for found in FORMULA.finditer(text):
                    last = found.end()
                    yield _place(found[1])
                text = text[last:]
            rest = text[-OVERLAP_BYTES:]


def _place(attributes: bytes) -> tuple[int, int]:
    address = ADDRESS.search(attributes)
    if address is None:
        return 0, -1
    column = 0
    for letter in address[1]:
        column = column * 26 + letter - 64
    return int(address[2]) - 1, column - 1


def _part_of(archive: zipfile.ZipFile, file: IO[bytes], sheet: int) -> str:
    """Return the name of the part that holds a sheet, by its place in the workbook."""
    links = {}
    for tag in LINK_TAG.findall(_whole(archive, file, LINKS)):
        said = {key.decode(): unescape(value.decode()) for key, value in ATTRIBUTE.findall(tag)}
        links[said.get("Id", "")] = said.get("Target", "")
    ids = [one.decode() for one in SHEET_TAG.findall(_whole(archive, file, BOOK))]
    target = links.get(ids[sheet], "") if sheet < len(ids) else ""
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if part not in archive.namelist():
        raise Refused("file_unreadable")
    return part


def _whole(archive: zipfile.ZipFile, file: IO[bytes], name: str) -> bytes:
    if name not in archive.namelist() or archive.getinfo(name).file_size > PART_BYTES_MAX:
        raise Refused("file_unreadable")
    return b"".join(_inflated(file, archive.getinfo(name)))

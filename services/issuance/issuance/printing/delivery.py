"""What a card bureau gets of one file of cards: a table, pictures, and a manifest of them.

Pure: the same cards give the same bytes. Files are stored uncompressed, so that the bytes do not
depend on a compression library's version either.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from issuance.printing.design.art import empty_faces
from issuance.printing.design.canvas import Matrix
from issuance.printing.design.codes import batch_matrix
from issuance.printing.draw_files import CardToDraw

FORMAT = "khbs-print-delivery/1"
# Counts up when what the card shows, or where, changes.
DESIGN = "khbs-card/2"
COLUMNS = (
    "line",
    "card_number",
    "printed_name",
    "village",
    "district",
    "regency",
    "expires",
    "token",
    "qr_file",
    "photo_file",
)
CSV_NAME, MANIFEST_NAME, SIGNATURE_NAME = "cards.csv", "manifest.json", "manifest.cose"
# ISO/IEC 18004: four modules of white on each side.
DOTS_PER_MODULE, QUIET_MODULES, DOTS_PER_INCH = 5, 4, 300
# The first moment that a ZIP file can name.
NO_TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16


@dataclass(frozen=True, slots=True)
class Label:
    """Which delivery it is."""

    batch_id: str
    part: int
    parts: int
    region_code: str
    ordered_at: datetime


def files_of(cards: Sequence[CardToDraw]) -> dict[str, bytes]:
    """Return the table and the pictures of these cards, and the empty faces, by path."""
    files: dict[str, bytes] = {CSV_NAME: b"", **empty_faces()}
    rows = []
    for line, card in enumerate(cards, 1):
        qr_file = f"qr/{line:04d}.png"
        files[qr_file] = code_picture(batch_matrix(card.token))
        photo_file = ""
        if card.photo is not None:
            photo_file = f"photos/{line:04d}.jpg"
            files[photo_file] = card.photo
        day = f"{card.expires_at:%Y-%m-%d}"
        places = card.places
        rows.append((line, card.number, card.name, *places, day, card.token, qr_file, photo_file))
    files[CSV_NAME] = table(rows)
    return files


def table(rows: Sequence[Sequence[object]]) -> bytes:
    """Return the table: RFC 4180, UTF-8 without a mark, every field in quotes, lines end in CRLF.

    Fields are what the card says, unchanged, also where they begin with = + - or @: RFC 4180 knows
    text only, and a name with an apostrophe before it would be printed on a card that way. Who
    opens the table in a spreadsheet imports all columns as text (check_delivery names such lines).
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def code_picture(matrix: Matrix) -> bytes:
    """Return a QR as a picture of one bit a dot, at the size in which it is printed."""
    modules = len(matrix)
    small = Image.new("1", (modules + 2 * QUIET_MODULES,) * 2, 1)
    small.putdata(
        [
            0 if _is_dark(matrix, row - QUIET_MODULES, column - QUIET_MODULES) else 255
            for row in range(small.height)
            for column in range(small.width)
        ]
    )
    side = small.width * DOTS_PER_MODULE
    picture = io.BytesIO()
    small.resize((side, side), Image.Resampling.NEAREST).save(
        picture, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=9
    )
    return picture.getvalue()


def _is_dark(matrix: Matrix, row: int, column: int) -> bool:
    return 0 <= row < len(matrix) and 0 <= column < len(matrix) and matrix[row][column]


def manifest(files: Mapping[str, bytes], label: Label, cards: int) -> bytes:
    """Return what is signed: which files there are, how large, and their hashes; nobody's name."""
    listed = [
        {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for path, content in sorted(files.items())
    ]
    said = {
        "format": FORMAT,
        "design": DESIGN,
        "batch_id": label.batch_id,
        "part": label.part,
        "parts": label.parts,
        "region_code": label.region_code,
        "ordered_at": f"{label.ordered_at:%Y-%m-%dT%H:%M:%SZ}",
        "cards": cards,
        "photos": sum(path.startswith("photos/") for path in files),
        "files": listed,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def pack(files: Mapping[str, bytes], said: bytes, signature: bytes) -> bytes:
    """Return the ZIP file that a bureau gets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        everything = {MANIFEST_NAME: said, SIGNATURE_NAME: signature, **files}
        for path in sorted(everything):
            entry = zipfile.ZipInfo(path, NO_TIME)
            entry.external_attr = READABLE
            # The system on which it was made would be noted otherwise.
            entry.create_system = 3
            archive.writestr(entry, everything[path])
    return packed.getvalue()

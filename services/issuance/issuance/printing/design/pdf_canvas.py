"""Faces of cards as operators of a PDF page (ISO 32000-1 §8 and §9), in millimetres."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from issuance.printing.design.canvas import BLEED, HEIGHT, WIDTH, Matrix, Point, Writing
from issuance.printing.design.pdf_file import COMPRESSION, PdfFile
from issuance.printing.design.pdf_fonts import embed_fonts, font_name, spelled
from issuance.printing.design.typeface import MM_PER_POINT, Face

DOTS_PER_MODULE = 5
# Eight modules become forty dots.
_DOTS = [
    int("".join(bit * DOTS_PER_MODULE for bit in f"{byte:08b}"), 2).to_bytes(DOTS_PER_MODULE)
    for byte in range(256)
]
# Markers of the JPEG frames that a PDF reader must know: baseline, extended, progressive.
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})


class UnreadablePhoto(ValueError):
    """The bytes are not a JPEG picture in grey or colour."""


class PdfWriting:
    """Shapes and words as operators, from the card's top left corner; y grows downwards here."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""
        path = " ".join(
            f"{x:.3f} {-y:.3f} {'l' if at else 'm'}" for at, (x, y) in enumerate(points)
        )
        self.parts.append(f"{_fill(colour)} {path} h f")

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self.parts.append(
            f"{_fill(colour)} {x:.3f} {-y - height:.3f} {width:.3f} {height:.3f} re f"
        )

    def text(self, x: float, y: float, text: str, face: Face, colour: str) -> None:
        """Write on a baseline that starts at (x, y)."""
        self.parts.append(
            f"BT {_fill(colour)} /{font_name(face.weight)} {face.points * MM_PER_POINT:.4f} Tf "
            f"{face.tracking:.3f} Tc {x:.3f} {-y:.3f} Td {spelled(text, face.weight)} TJ ET"
        )


@dataclass
class PdfBook:
    """A file, and what its pages share: fonts, and what is the same on every card."""

    file: PdfFile = field(default_factory=PdfFile)

    def __post_init__(self) -> None:
        self.fonts = embed_fonts(self.file)
        self._forms: dict[Callable[[Writing], None], int] = {}

    def form(self, draw: Callable[[Writing], None]) -> int:
        """Return the number of a drawing that many cards use, written at its first use."""
        if draw not in self._forms:
            box = f"{-BLEED} {-HEIGHT - BLEED} {WIDTH + BLEED} {BLEED}"
            entries = (
                f"/Type /XObject /Subtype /Form /BBox [{box}] /Filter /FlateDecode "
                f"/Resources << {self.fonts.decode()} >>"
            )
            self._forms[draw] = self.file.stream(entries.encode(), _form_content(draw))
        return self._forms[draw]


@cache
def _form_content(draw: Callable[[Writing], None]) -> bytes:
    writing = PdfWriting()
    draw(writing)
    return zlib.compress("\n".join(writing.parts).encode(), COMPRESSION)


class PdfCanvas(PdfWriting):
    """Draws one card; `parts` are its operators and `uses` the objects that they name."""

    def __init__(self, book: PdfBook) -> None:
        super().__init__()
        self._book = book
        self.uses: set[int] = set()

    def stencil(self, draw: Callable[[Writing], None]) -> None:
        """Draw what is the same on every card, by its name."""
        self._use(self._book.form(draw))

    def code(self, x: float, y: float, module: float, matrix: Matrix) -> None:
        """Draw a QR symbol as one pixel a printer's dot, so that no software has to round."""
        side = matrix.side * DOTS_PER_MODULE
        entries = (
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
            b"/BitsPerComponent 1 /Decode [1 0]" % (side, side)
        )
        size = module * matrix.side
        self._place(self._book.file.packed_stream(entries, _dots(matrix)), x, y, (size, size))

    def photo(self, x: float, y: float, width: float, height: float, jpeg: bytes) -> None:
        """Draw a picture from its own bytes; raises UnreadablePhoto."""
        columns, rows, colours = jpeg_size(jpeg)
        space = "DeviceGray" if colours == 1 else "DeviceRGB"
        entries = (
            f"/Type /XObject /Subtype /Image /Width {columns} /Height {rows} "
            f"/ColorSpace /{space} /BitsPerComponent 8 /Filter /DCTDecode"
        )
        number = self._book.file.stream(entries.encode(), jpeg)
        self._place(number, x, y, (width, height))

    def _place(self, number: int, x: float, y: float, size: tuple[float, float]) -> None:
        width, height = size
        self.parts.append(f"q {width:.4f} 0 0 {height:.4f} {x:.4f} {-y - height:.4f} cm")
        self._use(number)
        self.parts.append("Q")

    def _use(self, number: int) -> None:
        self.uses.add(number)
        self.parts.append(f"/X{number} Do")


def _fill(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    if red == green == blue:
        return f"{red:.4f} g"
    return f"{red:.4f} {green:.4f} {blue:.4f} rg"


def _dots(matrix: Matrix) -> bytes:
    """Return a symbol with five by five dots a module, rows in whole bytes."""
    wanted = -(-matrix.side * DOTS_PER_MODULE // 8)
    step = matrix.row_bytes
    return b"".join(
        b"".join([_DOTS[byte] for byte in matrix.bits[at : at + step]])[:wanted] * DOTS_PER_MODULE
        for at in range(0, step * matrix.side, step)
    )


def jpeg_size(jpeg: bytes) -> tuple[int, int, int]:
    """Return a picture's width, height and number of colours; raises UnreadablePhoto."""
    at = 2
    while jpeg.startswith(b"\xff\xd8") and at + 10 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if marker in _JPEG_FRAMES:
            depth, rows, columns, colours = struct.unpack_from(">BHHB", jpeg, at + 4)
            if depth == 8 and rows and columns and colours in (1, 3):
                return columns, rows, colours
            break
        at += 2 + length
    raise UnreadablePhoto("not a JPEG picture in grey or colour")

"""A face of the card on a page of a PDF file, for the printer."""

from collections.abc import Callable, Sequence
from functools import cache

from fpdf import FPDF
from PIL import Image

from issuance.printing.design.canvas import Matrix, Point, Shapes
from issuance.printing.design.typeface import Face, Weight, font_file

DOTS_PER_MODULE = 5
POINTS_PER_MM = 72 / 25.4
WEIGHTS: tuple[Weight, ...] = ("Regular", "Semibold", "Bold")


def new_document() -> FPDF:
    """Return an empty A4 file with the cards' fonts in it."""
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    for weight in WEIGHTS:
        pdf.add_font(weight, fname=font_file(weight))
    return pdf


class _Operators:
    """Shapes as PDF path operators (ISO 32000-1 §8.5), from the card's top left corner, y down."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""
        path = " ".join(
            f"{x * POINTS_PER_MM:.3f} {-y * POINTS_PER_MM:.3f} {'l' if at else 'm'}"
            for at, (x, y) in enumerate(points)
        )
        self._parts.append(f"{_fill(colour)} {path} h f")

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        sides = (x, -(y + height), width, height)
        numbers = " ".join(f"{side * POINTS_PER_MM:.3f}" for side in sides)
        self._parts.append(f"{_fill(colour)} {numbers} re f")

    def content(self) -> str:
        """Return the operators."""
        return "\n".join(self._parts)


def _fill(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"{red:.4f} {green:.4f} {blue:.4f} rg"


@cache
def _stencil(draw: Callable[[Shapes], None]) -> str:
    shapes = _Operators()
    draw(shapes)
    return shapes.content()


class PdfCanvas:
    """Draws one card with its top left corner at a place on the file's current page."""

    def __init__(self, pdf: FPDF, left: float, top: float) -> None:
        self._pdf, self._left, self._top = pdf, left, top

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""
        shapes = _Operators()
        shapes.polygon(points, colour)
        self._put(shapes.content())

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        shapes = _Operators()
        shapes.rect(x, y, width, height, colour)
        self._put(shapes.content())

    def stencil(self, draw: Callable[[Shapes], None]) -> None:
        """Draw what is the same on every card, from operators that were worked out once."""
        self._put(_stencil(draw))

    def _put(self, operators: str) -> None:
        # The file's writer has no public way to place ready operators, and drawing the house anew
        # for each card costs five times all the rest.
        left, top = self._left * POINTS_PER_MM, (self._pdf.h - self._top) * POINTS_PER_MM
        self._pdf._out(f"q 1 0 0 1 {left:.3f} {top:.3f} cm {operators} Q")

    def text(self, x: float, y: float, text: str, face: Face, colour: str) -> None:
        """Write on a baseline that starts at (x, y)."""
        self._pdf.set_font(face.weight, size=face.points)
        self._pdf.set_char_spacing(face.tracking * 72 / 25.4)
        self._pdf.set_text_color(colour)
        self._pdf.text(self._left + x, self._top + y, text)

    def code(self, x: float, y: float, module: float, matrix: Matrix) -> None:
        """Draw a QR symbol as one pixel a printer's dot, so that no software has to round."""
        side = len(matrix)
        image = Image.new("1", (side, side), 1)
        image.putdata([0 if dark else 1 for line in matrix for dark in line])
        dots = image.resize((side * DOTS_PER_MODULE,) * 2, Image.Resampling.NEAREST)
        self._pdf.image(dots, self._left + x, self._top + y, w=module * side, h=module * side)

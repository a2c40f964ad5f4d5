"""A face of the card on a page of a PDF file, for the printer."""

from collections.abc import Sequence

from fpdf import FPDF
from PIL import Image

from issuance.printing.design.canvas import Matrix, Point
from issuance.printing.design.typeface import Face, Weight, font_file

DOTS_PER_MODULE = 5
WEIGHTS: tuple[Weight, ...] = ("Regular", "Semibold", "Bold")


def new_document() -> FPDF:
    """Return an empty A4 file with the cards' fonts in it."""
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    for weight in WEIGHTS:
        pdf.add_font(weight, fname=font_file(weight))
    return pdf


class PdfCanvas:
    """Draws one card with its top left corner at a place on the file's current page."""

    def __init__(self, pdf: FPDF, left: float, top: float) -> None:
        self._pdf, self._left, self._top = pdf, left, top

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""
        self._pdf.set_fill_color(colour)
        placed = [(self._left + x, self._top + y) for x, y in points]
        self._pdf.polygon(placed, style="F")

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._pdf.set_fill_color(colour)
        self._pdf.rect(self._left + x, self._top + y, width, height, style="F")

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

"""Ten cards on a sheet of A4, front and back in register when it is turned on its long side."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from fpdf import FPDF

from issuance.printing.design.canvas import BLEED, HEIGHT, WIDTH
from issuance.printing.design.faces import CardFace, draw_back, draw_front
from issuance.printing.design.pdf_canvas import PdfCanvas, new_document

# The edge over which a printer turns the sheet.
Duplex = Literal["long_edge", "short_edge"]
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
COLUMNS, ROWS = 2, 5
PER_SHEET = COLUMNS * ROWS
# Two cards' bleeds meet in it, so that a cut beside the line shows no white. They overlap a little:
# corners lie on whole dots, and a dot of white between them would be seen.
GAP = 2 * BLEED - 0.2
DOT = 25.4 / 300
LEFT = (PAGE_WIDTH - COLUMNS * WIDTH - GAP) / 2
TOP = (PAGE_HEIGHT - ROWS * HEIGHT - (ROWS - 1) * GAP) / 2
MARK_LENGTH, MARK_AWAY = 4.0, 1.5
HOW_TO_PRINT = "Cetak 100 %, bolak-balik, balik pada sisi panjang"
FOOTER_INSET = 5.0


def corner(place: int, *, is_back: bool) -> tuple[float, float]:
    """Return the top left corner of a card, on whole dots of a 300 dpi printer.

    On the back the columns change sides: the sheet is turned over like a page of a book.
    """
    row, column = divmod(place, COLUMNS)
    x = LEFT + column * (WIDTH + GAP)
    if is_back:
        x = PAGE_WIDTH - WIDTH - x
    y = TOP + row * (HEIGHT + GAP)
    return round(x / DOT) * DOT, round(y / DOT) * DOT


def draw_sheets(
    cards: Sequence[CardFace],
    *,
    title: str,
    ordered_at: datetime,
    duplex: Duplex = "long_edge",
) -> bytes:
    """Return a PDF file: for each ten cards a page of fronts and a page of backs."""
    pdf = new_document()
    pdf.set_title(title)
    pdf.set_creator("KHBS")
    # The order's moment, not the clock's: the same order drawn again is the same bytes.
    pdf.set_creation_date(ordered_at)
    for sheet, start in enumerate(range(0, len(cards), PER_SHEET), 1):
        ten = cards[start : start + PER_SHEET]
        _page(pdf, ten, draw_front, is_back=False, note=f"{title} · {sheet} depan")
        with pdf.rotation(180 if duplex == "short_edge" else 0, PAGE_WIDTH / 2, PAGE_HEIGHT / 2):
            _page(pdf, ten, draw_back, is_back=True, note=f"{title} · {sheet} belakang")
    return bytes(pdf.output())


def _page(
    pdf: FPDF,
    cards: Sequence[CardFace],
    draw: Callable[[PdfCanvas, CardFace], None],
    *,
    is_back: bool,
    note: str,
) -> None:
    pdf.add_page()
    for place, card in enumerate(cards):
        draw(PdfCanvas(pdf, *corner(place, is_back=is_back)), card)
    _cut_marks(pdf, is_back=is_back)
    _footer(pdf, note)


def _footer(pdf: FPDF, note: str) -> None:
    """Write what the sheet is and how to print it, each between the cut marks of a column."""
    pdf.set_font("Regular", size=6.5)
    pdf.set_char_spacing(0)
    pdf.set_text_color("#574c43")
    for column, text in enumerate((note, HOW_TO_PRINT)):
        pdf.text(LEFT + column * (WIDTH + GAP) + FOOTER_INSET, PAGE_HEIGHT - 3.6, text)


def _cut_marks(pdf: FPDF, *, is_back: bool) -> None:
    """Draw short lines outside the cards where each edge is to be cut."""
    pdf.set_draw_color("#000000")
    pdf.set_line_width(0.1)
    corners = [corner(place, is_back=is_back) for place in range(PER_SHEET)]
    xs = {x + side for x, _ in corners for side in (0.0, WIDTH)}
    ys = {y + side for _, y in corners for side in (0.0, HEIGHT)}
    for x in sorted(xs):
        for start, away in ((min(ys), -1), (max(ys), 1)):
            near = start + away * MARK_AWAY
            pdf.line(x, near, x, near + away * MARK_LENGTH)
    for y in sorted(ys):
        for start, away in ((min(xs), -1), (max(xs), 1)):
            near = start + away * MARK_AWAY
            pdf.line(near, y, near + away * MARK_LENGTH, y)

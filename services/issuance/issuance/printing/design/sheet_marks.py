"""What stands on a sheet beside the cards: where to cut, how to print, which sheet it is."""

from collections.abc import Sequence

from issuance.printing.design.canvas import HEIGHT, INK, WIDTH, Point
from issuance.printing.design.pdf_canvas import PdfWriting
from issuance.printing.design.typeface import Face

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARK_LENGTH, MARK_AWAY, MARK_WIDTH = 4.0, 1.5, 0.1
# Words and ruler stand upright in the wide margins, clear of the marks and of the 5 mm at the edge
# that office printers leave blank.
NOTE_FROM_EDGE = 9.5
NOTE_FROM_BOTTOM = 25.0
NOTE = Face("Regular", 7.0)
RULER_MM, RULER_STEP_MM = 50, 10
RULER_FROM_BOTTOM = 190.0
RULER_TICK, RULER_END = 1.4, 2.6
HOW_TO_PRINT = {
    "long_edge": "Cetak 100 %, bolak-balik, balik pada sisi panjang. Potong menurut tanda.",
    "short_edge": "Cetak 100 %, bolak-balik, balik pada sisi pendek. Potong menurut tanda.",
}
RULER_WORDS = "Garis ini harus 50 mm."


def cut_marks(corners: Sequence[Point]) -> str:
    """Return operators of short lines outside the cards where each edge is to be cut.

    They are in millimetres from the page's top left corner; so are the corners.
    """
    marks = PdfWriting()
    half = MARK_WIDTH / 2
    xs = sorted({x + side for x, _ in corners for side in (0.0, WIDTH)})
    ys = sorted({y + side for _, y in corners for side in (0.0, HEIGHT)})
    for x in xs:
        for top in (ys[0] - MARK_AWAY - MARK_LENGTH, ys[-1] + MARK_AWAY):
            marks.rect(x - half, top, MARK_WIDTH, MARK_LENGTH, INK)
    for y in ys:
        for left in (xs[0] - MARK_AWAY - MARK_LENGTH, xs[-1] + MARK_AWAY):
            marks.rect(left, y - half, MARK_LENGTH, MARK_WIDTH, INK)
    return "\n".join([f"q 1 0 0 1 0 {PAGE_HEIGHT} cm", *marks.parts, "Q"])


def notes(note: str, duplex: str) -> str:
    """Return operators that write what the sheet is, how to print it, and a ruler to check it."""
    left, right = PdfWriting(), PdfWriting()
    left.text(0, 0, note, NOTE, INK)
    right.text(0, 0, HOW_TO_PRINT[duplex], NOTE, INK)
    _ruler(right)
    return "\n".join(
        # Read from the right: a quarter turn against the clock.
        line
        for x, writing in ((NOTE_FROM_EDGE, left), (PAGE_WIDTH - NOTE_FROM_EDGE + 2.0, right))
        for line in (f"q 0 1 -1 0 {x} {NOTE_FROM_BOTTOM} cm", *writing.parts, "Q")
    )


def _ruler(writing: PdfWriting) -> None:
    start = RULER_FROM_BOTTOM - NOTE_FROM_BOTTOM
    writing.rect(start, 0, RULER_MM, 2 * MARK_WIDTH, INK)
    for step in range(0, RULER_MM + 1, RULER_STEP_MM):
        length = RULER_END if step in (0, RULER_MM) else RULER_TICK
        writing.rect(start + step - MARK_WIDTH, -length, 2 * MARK_WIDTH, length, INK)
    writing.text(start + 2.0, -3.2, RULER_WORDS, NOTE, INK)

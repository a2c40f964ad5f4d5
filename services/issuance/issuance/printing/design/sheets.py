"""Ten cards on a sheet of A4, front and back in register when the printer turns it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Literal

from issuance.printing.design.canvas import BLEED, DOT, HEIGHT, WIDTH, Canvas
from issuance.printing.design.faces import CardFace, draw_back, draw_front
from issuance.printing.design.pdf_canvas import PdfBook, PdfCanvas
from issuance.printing.design.pdf_file import POINTS_PER_MM, moment, words
from issuance.printing.design.sheet_marks import PAGE_HEIGHT, PAGE_WIDTH, cut_marks, notes
from issuance.printing.design.typeface import printable

# The edge over which the printer turns the sheet.
Duplex = Literal["long_edge", "short_edge"]
COLUMNS, ROWS = 2, 5
PER_SHEET = COLUMNS * ROWS
# Two cards' bleeds meet in it, so that a cut beside the line shows no white. They overlap a little:
# corners lie on whole dots, and a dot of white between them would be seen.
GAP = 2 * BLEED - 0.2
LEFT = (PAGE_WIDTH - COLUMNS * WIDTH - GAP) / 2
TOP = (PAGE_HEIGHT - ROWS * HEIGHT - (ROWS - 1) * GAP) / 2
DRAWN_BY = "KHBS"


def corner(place: int, *, is_back: bool) -> tuple[float, float]:
    """Return the top left corner of a card, on whole dots of a 300 dpi printer.

    On the back the columns change sides: the sheet is turned over like a page of a book. When the
    printer turns it over its short edge instead, the whole page of backs stands on its head, and
    each back still lies on its front.
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
    """Return a PDF file: for each ten cards a page of fronts and a page of backs.

    The title stands at the edge of every sheet. The file's date is the order's, not the clock's:
    the same order drawn again is the same bytes. Raises what draw_front raises.
    """
    sheets = _Sheets(printable(title), duplex)
    count = -(-len(cards) // PER_SHEET)
    for sheet in range(count):
        ten = cards[sheet * PER_SHEET : (sheet + 1) * PER_SHEET]
        note = f"{sheets.title} · lembar {sheet + 1} dari {count}"
        sheets.page(ten, draw_front, is_back=False, note=f"{note} · DEPAN")
        sheets.page(ten, draw_back, is_back=True, note=f"{note} · BELAKANG")
    return sheets.finish(ordered_at)


class _Sheets:
    def __init__(self, title: str, duplex: Duplex) -> None:
        self.title, self.duplex = title, duplex
        self.book = PdfBook()
        self._tree = self.book.file.reserve()
        self._pages: list[int] = []

    def page(
        self,
        cards: Sequence[CardFace],
        draw: Callable[[Canvas, CardFace], None],
        *,
        is_back: bool,
        note: str,
    ) -> None:
        operators, uses = [self._ground(is_back=is_back)], set[int]()
        for place, card in enumerate(cards):
            canvas = PdfCanvas(self.book)
            draw(canvas, card)
            x, y = corner(place, is_back=is_back)
            operators += [f"q 1 0 0 1 {x:.4f} {PAGE_HEIGHT - y:.4f} cm", *canvas.parts, "Q"]
            uses |= canvas.uses
        operators += [_marks(is_back=is_back), notes(note, self.duplex), "Q"]
        self._add("\n".join(operators), uses)

    def _ground(self, *, is_back: bool) -> str:
        """Return the operators that make the page's unit a millimetre, and turn it if need be."""
        turned = is_back and self.duplex == "short_edge"
        scale = -POINTS_PER_MM if turned else POINTS_PER_MM
        x, y = (PAGE_WIDTH, PAGE_HEIGHT) if turned else (0.0, 0.0)
        return f"q {scale:.7f} 0 0 {scale:.7f} {x * POINTS_PER_MM:.4f} {y * POINTS_PER_MM:.4f} cm"

    def _add(self, operators: str, uses: set[int]) -> None:
        file = self.book.file
        content = file.packed_stream(b"", operators.encode())
        named = " ".join(f"/X{number} {number} 0 R" for number in sorted(uses)).encode()
        size = f"0 0 {PAGE_WIDTH * POINTS_PER_MM:.4f} {PAGE_HEIGHT * POINTS_PER_MM:.4f}".encode()
        page = (
            b"<< /Type /Page /Parent %d 0 R /MediaBox [%b] /Contents %d 0 R "
            b"/Resources << %b /XObject << %b >> >> >>"
        )
        entries = (self._tree, size, content, self.book.fonts, named)
        self._pages.append(file.add(page % entries))

    def finish(self, ordered_at: datetime) -> bytes:
        """Return the file; it asks the printing dialogue for full size and the right turning."""
        file = self.book.file
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        tree = f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>"
        file.put(self._tree, tree.encode())
        flip = b"DuplexFlipLongEdge" if self.duplex == "long_edge" else b"DuplexFlipShortEdge"
        root = file.add(
            b"<< /Type /Catalog /Pages %d 0 R /Lang (id-ID) /ViewerPreferences << "
            b"/PrintScaling /None /Duplex /%b /DisplayDocTitle true >> >>" % (self._tree, flip)
        )
        info = file.add(
            b"<< /Title %b /Creator %b /CreationDate %b >>"
            % (words(self.title), words(DRAWN_BY), moment(ordered_at))
        )
        return file.finish(root, info)


@cache
def _marks(*, is_back: bool) -> str:
    return cut_marks([corner(place, is_back=is_back) for place in range(PER_SHEET)])

"""The faces of the card without a family's words: what a bureau prints under its own lines."""

from collections.abc import Callable
from functools import cache

from issuance.printing.design.canvas import BLEED, HEIGHT, WIDTH, Writing
from issuance.printing.design.faces import back_art, front_art, front_art_with_photo
from issuance.printing.design.pdf_canvas import PdfBook
from issuance.printing.design.pdf_file import POINTS_PER_MM

FACES: dict[str, Callable[[Writing], None]] = {
    "art/front.pdf": front_art,
    "art/front-with-photo.pdf": front_art_with_photo,
    "art/back.pdf": back_art,
}


@cache
def empty_faces() -> dict[str, bytes]:
    """Return a PDF of one page for each face, by path: the trim box is the card, bleed around it.

    Always the same bytes: there is no date in them.
    """
    return {path: _page(draw) for path, draw in FACES.items()}


def _page(draw: Callable[[Writing], None]) -> bytes:
    book = PdfBook()
    file, tree = book.file, book.file.reserve()
    form = book.form(draw)
    scale, edge = POINTS_PER_MM, BLEED * POINTS_PER_MM
    height = (HEIGHT + BLEED) * POINTS_PER_MM
    operators = f"q {scale:.7f} 0 0 {scale:.7f} {edge:.4f} {height:.4f} cm /X{form} Do Q"
    content = file.packed_stream(b"", operators.encode())
    full = f"0 0 {WIDTH * scale + 2 * edge:.4f} {HEIGHT * scale + 2 * edge:.4f}"
    trim = f"{edge:.4f} {edge:.4f} {WIDTH * scale + edge:.4f} {HEIGHT * scale + edge:.4f}"
    page = file.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [{full}] /TrimBox [{trim}] "
        f"/Contents {content} 0 R /Resources << {book.fonts.decode()} "
        f"/XObject << /X{form} {form} 0 R >> >> >>".encode()
    )
    file.put(tree, f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode())
    root = file.add(f"<< /Type /Catalog /Pages {tree} 0 R /Lang (id-ID) >>".encode())
    return file.finish(root, file.add(b"<< /Creator (KHBS) >>"))

"""Pictures of an invented family's card for the pages that show it:
python -m tests.issuance.card_pictures FOLDER."""

import sys
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw
from tests.issuance.drawn_cards import NOW, a_card, a_photo

from issuance.printing.design.canvas import CORNER, HEIGHT, WIDTH
from issuance.printing.design.sheets import corner, draw_sheets

DOTS_PER_MM = 300 / 25.4
# Drawn finer and shrunk, so that round corners are smooth.
FINER = 4


def main(folder: Path) -> None:
    """Write front, front-with-photo and back, cut out of the very file a printer gets."""
    cards = [a_card(0), a_card(0, photo=a_photo())]
    file = draw_sheets([card.face() for card in cards], title="KHBS", ordered_at=NOW)
    pages = [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(file)]
    for name, page, place in (("front", 0, 0), ("front-with-photo", 0, 1), ("back", 1, 0)):
        cut_out(pages[page], corner(place, is_back=bool(page))).save(
            folder / f"card-{name}.png", optimize=True
        )


def cut_out(page: Image.Image, at: tuple[float, float]) -> Image.Image:
    """Return the card whose top left corner lies there, with its round corners."""
    left, top = (round(edge * DOTS_PER_MM) for edge in at)
    size = (round(WIDTH * DOTS_PER_MM), round(HEIGHT * DOTS_PER_MM))
    card = page.crop((left, top, left + size[0], top + size[1])).convert("RGBA")
    mask = Image.new("L", (size[0] * FINER, size[1] * FINER), 0)
    box = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, CORNER * DOTS_PER_MM * FINER, 255)
    card.putalpha(mask.resize(size, Image.Resampling.LANCZOS))
    return card


if __name__ == "__main__":
    main(Path(sys.argv[1]))

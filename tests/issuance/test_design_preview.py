"""What the pages show of a card is what the printer prints."""

import io

import numpy
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from tests.issuance.drawn_cards import NOW, a_card, a_photo

from issuance.printing.design.canvas import HEIGHT, WIDTH
from issuance.printing.design.faces import CODE_LEFT, CODE_SIDE, CODE_TOP, draw_back, draw_front
from issuance.printing.design.sheets import corner, draw_sheets
from issuance.printing.design.svg_canvas import SvgCanvas

DOTS = 300 / 25.4
SIZE = (round(WIDTH * DOTS), round(HEIGHT * DOTS))
# A band at the edge is left out: on screen the corners are round and have a line around them.
EDGE = 11
CODE = tuple(
    round(edge * DOTS)
    for edge in (CODE_LEFT, CODE_TOP, CODE_LEFT + CODE_SIDE, CODE_TOP + CODE_SIDE)
)
# One draws soft edges and the other hard ones: compared is what an eye sees at arm's length.
COARSER = 4


async def on_screen(browser, draw, face):
    canvas = SvgCanvas()
    draw(canvas, face)
    page = await browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    style = (
        f"<style>body{{margin:0}}svg{{display:block;width:{SIZE[0]}px;height:{SIZE[1]}px}}</style>"
    )
    await page.set_content(style + canvas.document())
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("L")
    await page.close()
    return picture


def on_paper(face, page):
    file = pypdfium2.PdfDocument(draw_sheets([face], title="x", ordered_at=NOW))
    picture = file[page].render(scale=300 / 72, grayscale=True).to_pil().convert("L")
    left, top = (round(edge * DOTS) for edge in corner(0, is_back=page == 1))
    return picture.crop((left, top, left + SIZE[0], top + SIZE[1]))


@pytest.mark.parametrize("photo", [None, a_photo()])
async def test_screen_and_paper_show_the_same_card(browser, photo):
    card = a_card(2, photo=photo)
    for page, draw in enumerate((draw_front, draw_back)):
        pictures = [await on_screen(browser, draw, card.face()), on_paper(card.face(), page)]
        if draw is draw_back:
            for picture in pictures:
                (code,) = zxingcpp.read_barcodes(numpy.asarray(picture))
                assert code.text == card.token
                # Its many edges would hide a difference elsewhere.
                picture.paste(255, CODE)
        shown, printed = (
            numpy.asarray(picture.reduce(COARSER), int)[EDGE:-EDGE, EDGE:-EDGE]
            for picture in pictures
        )
        apart = numpy.abs(shown - printed)
        assert apart.mean() < 4
        assert (apart > 96).mean() < 0.001

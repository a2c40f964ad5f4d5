"""Proof that cards scan: every card of a whole file, and worn ones read as well as they did."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy
import pypdfium2
import pytest
import zxingcpp
from tests.benchmarks.printed_symbols import from_card
from tests.benchmarks.wear import Shot, stained, view, worn_in_a_poor_picture
from tests.issuance.drawn_cards import NOW, RING, SHORT_ADDRESS, a_card, an_order, card_id_of

from common.card_token import verify
from issuance.printing.design.codes import correction_for
from issuance.printing.draw_files import CARDS_PER_PART_MAX, draw_part

DOTS_PER_INCH = 300
PROCESSES = 2
# Fixed damage, so that a run that fails is one that got worse.
TRIALS = 40


def read_backs(file, pages):
    """Read every symbol on these pages of a file, rendered as a printer would."""
    document = pypdfium2.PdfDocument(file)
    return [
        (page, code.text)
        for page in pages
        for code in zxingcpp.read_barcodes(
            document[page].render(scale=DOTS_PER_INCH / 72, grayscale=True).to_numpy(),
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        )
    ]


def test_every_card_of_a_file_of_a_thousand_scans_and_is_verified():
    order = an_order(CARDS_PER_PART_MAX)
    content = draw_part(order).content
    backs = range(1, 2 * CARDS_PER_PART_MAX // 10, 2)
    shares = [backs[start::PROCESSES] for start in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        read = [one for found in pool.map(partial(read_backs, content), shares) for one in found]
    cards = {verify(text, RING, NOW).card_id: page for page, text in read}
    assert len(read) == CARDS_PER_PART_MAX
    for place in range(CARDS_PER_PART_MAX):
        assert cards[card_id_of(place)] == 2 * (place // 10) + 1


@pytest.fixture(scope="module")
def printed():
    """A card's back as it leaves the printer, at each of the two corrections."""
    cards = (a_card(1, "SITI AMINAH"), a_card(2, "YA", address=SHORT_ADDRESS))
    assert [correction_for(card.token) for card in cards] == ["M", "Q"]
    return [(card.token, from_card(card.face())) for card in cards]


def is_read(picture, token):
    return any(code.text == token for code in zxingcpp.read_barcodes(picture))


@pytest.mark.parametrize("which", [0, 1])
def test_an_undamaged_card_is_read_at_200_pixels_across_30_millimetres_every_time(printed, which):
    token, symbol = printed[which]
    dice = numpy.random.default_rng(200)
    shown = [view(symbol, Shot(pixels=200, blur=0.9), dice) for _ in range(TRIALS)]
    assert sum(is_read(picture, token) for picture in shown) == TRIALS


@pytest.mark.parametrize(("share", "wanted"), [(0.03, 1.0), (0.05, 0.95), (0.08, 0.9)])
def test_a_stained_card_is_read_as_often_as_it_was_measured_to_be(printed, share, wanted):
    token, symbol = printed[0]
    dice = numpy.random.default_rng(5)
    read = 0
    for _ in range(TRIALS):
        read += is_read(view(stained(symbol, share, dice), Shot(pixels=400), dice), token)
    assert read >= wanted * TRIALS


def test_worn_cards_in_poor_pictures_are_read_as_often_as_they_were_measured_to_be(printed):
    token, symbol = printed[0]
    dice = numpy.random.default_rng(11)
    read = sum(is_read(worn_in_a_poor_picture(symbol, dice), token) for _ in range(TRIALS))
    assert read >= 0.55 * TRIALS

"""Sheets: each back lies on its front, nothing but marks stands beside the cards, and the file is
sound."""

import re
import zlib

import numpy
import pypdfium2
import pytest
import zxingcpp
from tests.issuance.drawn_cards import NOW, RING, a_photo, an_order

from common.card_number import card_number
from common.card_token import verify
from issuance.printing.design.canvas import BLEED, HEIGHT, WIDTH
from issuance.printing.design.sheet_marks import PAGE_HEIGHT, PAGE_WIDTH, RULER_MM
from issuance.printing.design.sheets import PER_SHEET, corner, draw_sheets

DOTS = 300 / 25.4
POINTS = 72 / 25.4
OCHRE = (224, 165, 38)


def a_file(cards=10, **others):
    faces = [card.face() for card in an_order(cards, photo=others.pop("photo", None)).cards]
    return draw_sheets(faces, title="KHBS · Gunung Mas · berkas 3/12", ordered_at=NOW, **others)


def picture(file, page):
    return pypdfium2.PdfDocument(file)[page].render(scale=300 / 72).to_numpy()


def turned(back, duplex):
    """What lies behind a front when the sheet is turned: seen through the paper, in its place."""
    return back[:, ::-1] if duplex == "long_edge" else back[::-1]


def card_at(x, y):
    """Which place of the front's page a point in millimetres lies in."""
    for place in range(PER_SHEET):
        left, top = corner(place, is_back=False)
        if left <= x <= left + WIDTH and top <= y <= top + HEIGHT:
            return place
    return None


@pytest.mark.parametrize("duplex", ["long_edge", "short_edge"])
def test_each_back_lies_on_its_front_when_the_printer_turns_the_sheet(duplex):
    """Read every symbol on the back, turn its place with the sheet, and read the front there."""
    file = a_file(7, duplex=duplex)
    front = pypdfium2.PdfDocument(file)[0].get_textpage()
    found = set()
    for code in zxingcpp.read_barcodes(picture(file, 1)):
        corners = (code.position.top_left, code.position.bottom_right)
        x, y = (sum(getattr(one, axis) for one in corners) / 2 / DOTS for axis in "xy")
        x, y = (PAGE_WIDTH - x, y) if duplex == "long_edge" else (x, PAGE_HEIGHT - y)
        place = card_at(x, y)
        left, top = corner(place, is_back=False)
        box = (left, PAGE_HEIGHT - top - HEIGHT, left + WIDTH, PAGE_HEIGHT - top)
        words = front.get_text_bounded(*(edge * POINTS for edge in box))
        assert card_number(verify(code.text, RING, NOW).card_id) in words
        found.add(place)
    assert found == set(range(7))


@pytest.mark.parametrize("duplex", ["long_edge", "short_edge"])
def test_the_marked_corner_is_one_corner_of_the_plastic_and_the_cuts_meet(duplex):
    file = a_file(10, duplex=duplex)
    front, back = picture(file, 0), turned(picture(file, 1), duplex)
    ochre = [(page == OCHRE[::-1]).all(axis=2) for page in (front, back)]
    for place in range(PER_SHEET):
        x, y = corner(place, is_back=False)
        box = (
            slice(round((y + HEIGHT - 4.5) * DOTS), round((y + HEIGHT) * DOTS)),
            slice(round((x + WIDTH - 4.5) * DOTS), round((x + WIDTH) * DOTS)),
        )
        both = ochre[0][box] & ochre[1][box]
        assert both.sum() > 0.95 * max(ochre[0][box].sum(), ochre[1][box].sum()) > 500
    marks = [numpy.argwhere(page[: round(8 * DOTS)].min(axis=2) < 100) for page in (front, back)]
    assert len(marks[0]) > 50
    assert abs(marks[0][:, 1].min() - marks[1][:, 1].min()) <= 2
    assert abs(marks[0][:, 1].max() - marks[1][:, 1].max()) <= 2


def test_paper_between_cards_is_covered_and_beside_them_are_only_marks_and_words():
    page = picture(a_file(10), 0)
    x, y = corner(0, is_back=False)
    band = page[round((y + 1) * DOTS), round((x - BLEED + 0.1) * DOTS) : round((x + 170) * DOTS)]
    assert (band != 255).any(axis=1).all()
    outside = page.min(axis=2) < 250
    left, right = (round(edge * DOTS) for edge in (x - BLEED - 0.2, PAGE_WIDTH - x + BLEED + 0.4))
    top, bottom = (round(edge * DOTS) for edge in (y - BLEED - 0.2, PAGE_HEIGHT - y + BLEED + 0.4))
    outside[top:bottom, left:right] = False
    assert 0 < outside.mean() < 0.01
    # Office printers leave the last millimetres blank.
    edge = round(4.0 * DOTS)
    assert not outside[:edge].any()
    assert not outside[-edge:].any()
    assert not outside[:, :edge].any()
    assert not outside[:, -edge:].any()


def test_every_page_says_what_it_is_and_how_to_print_it():
    file = pypdfium2.PdfDocument(a_file(12, duplex="short_edge"))
    words = [page.get_textpage().get_text_range() for page in file]
    assert len(words) == 4
    for place, side in enumerate(("DEPAN", "BELAKANG", "DEPAN", "BELAKANG")):
        sheet = place // 2 + 1
        assert f"KHBS · Gunung Mas · berkas 3/12 · lembar {sheet} dari 2 · {side}" in words[place]
        assert "balik pada sisi pendek" in words[place]
        assert "harus 50 mm" in words[place]
    assert file.get_metadata_value("Title") == "KHBS · Gunung Mas · berkas 3/12"


def test_the_ruler_is_as_long_as_it_says():
    page = picture(a_file(1), 0)
    margin = page[:, round((PAGE_WIDTH - 12) * DOTS) : -round(4 * DOTS)].min(axis=2) < 128
    longest = max(
        len(run)
        for column in margin.T
        for run in "".join("x" if dark else " " for dark in column).split()
    )
    assert longest / DOTS == pytest.approx(RULER_MM, abs=0.4)


def objects_of(file):
    """Every object of a file by its number, found through the table of places alone."""
    (place,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n$", file)
    start = int(place)
    lines = file[start:].split(b"\n")
    assert lines[0] == b"xref"
    count = int(lines[1].split()[1])
    found = {}
    for number, line in enumerate(lines[3 : 2 + count], 1):
        assert re.fullmatch(rb"\d{10} 00000 n ", line)
        place = int(line[:10])
        head = b"%d 0 obj\n" % number
        assert file[place : place + len(head)] == head
        found[number] = file[place + len(head) : file.index(b"\nendobj\n", place)]
    return found


def test_the_file_is_sound_its_streams_are_whole_and_nothing_points_nowhere():
    file = a_file(10, photo=a_photo())
    objects = objects_of(file)
    for body in objects.values():
        entries, _, stream = body.partition(b"\nstream\n")
        if stream:
            (length,) = re.findall(rb"/Length (\d+) >>$", entries)
            content = stream.removesuffix(b"\nendstream")
            assert len(content) == int(length)
            if b"/FlateDecode" in entries:
                zlib.decompress(content)
        for number in re.findall(rb"(\d+) 0 R", entries):
            assert int(number) in objects


def test_every_font_is_in_the_file():
    bodies = objects_of(a_file(1)).values()
    fonts = [body for body in bodies if b"/Subtype /Type0" in body]
    programs = [body for body in bodies if b"/Length1" in body]
    descriptors = [body for body in bodies if b"/FontDescriptor " in body[:40]]
    assert len(fonts) == len(programs) == 3
    assert all(b"/FontFile2" in body for body in descriptors)
    assert not [body for body in bodies if b"/Type1" in body]


def test_the_same_order_is_the_same_bytes_and_another_is_another_file():
    assert a_file(3) == a_file(3)
    assert a_file(3) != a_file(4)
    assert a_file(3) != a_file(3, duplex="short_edge")

"""The card's two faces: everything fits, can be read, and is the same on paper and on screen."""

import dataclasses
import io
from itertools import combinations, product

import numpy
import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image
from tests.issuance.drawn_cards import NAMES, NOW, RING, a_card, a_photo, a_token

from common.card_token import verify
from common.regions import all_regions
from issuance.printing.card_faces import places_of
from issuance.printing.design import faces, lettering
from issuance.printing.design.canvas import DOT, HEIGHT, WIDTH, WRITTEN, Matrix, contrast
from issuance.printing.design.codes import (
    CAPACITY_M,
    CAPACITY_Q,
    TextTooLong,
    batch_matrix,
    correction_for,
    single_matrix,
)
from issuance.printing.design.lettering import settle
from issuance.printing.design.pdf_canvas import UnreadablePhoto, jpeg_size
from issuance.printing.design.sheets import corner, draw_sheets
from issuance.printing.design.svg_canvas import SvgCanvas
from issuance.printing.design.typeface import (
    LETTERS,
    WEIGHTS,
    Face,
    UnprintableLetters,
    font_file,
    printable,
    unprintable,
    width_of,
)

COLUMNS = (
    (faces.WORDS_WIDTH, faces.WORDS_BOTTOM),
    (faces.WORDS_WIDTH_BY_PHOTO, faces.WORDS_BOTTOM_BY_PHOTO),
)
HARD_NAMES = (
    *NAMES,
    "W" * 40,
    "MW" * 20,
    "WWWWWWWWWWWWWWWWWWW WWWWWWWWWWWWWWWWWWWW",
    "I",
    "D'AYU NGA'AYAH TA'URANG BA'AMAS MA'ANYAN",
    "Ā" * 20,
)


def longest_places():
    """The villages, districts and regencies with the longest names, in every combination."""
    by_level = {
        level: sorted(
            (one.name for one in all_regions().values() if one.level == level),
            key=lambda name: -width_of(name, Face("Semibold", 9.5)),
        )[:count]
        for level, count in (("village", 20), ("district", 20), ("regency", 3))
    }
    return [
        (f"Kelurahan {village}", district, regency)
        for (village, district), regency in product(
            zip(by_level["village"], by_level["district"], strict=True), by_level["regency"]
        )
    ]


@pytest.mark.parametrize(("width", "bottom"), COLUMNS)
def test_the_longest_names_of_people_and_places_stay_in_their_column_and_large_enough(
    width, bottom
):
    room = bottom - faces.WORDS_LABEL_BASE
    for name, places in product(HARD_NAMES, longest_places()):
        lines = settle(name, places, width, room)
        assert max(width_of(line.text, line.face) for line in lines) <= width
        assert lines[-1].depth <= room
        named = [line for line in lines if line.face.weight == "Bold"]
        assert min(line.face.points for line in named) >= lettering.NAME_SMALLEST == 9
        assert min(line.face.points for line in lines) >= lettering.PLACE_SMALLEST == 7
        said = "".join(line.text for line in lines).replace(" ", "")
        for word in (name, *places):
            assert word.replace(" ", "") in said.replace("-", "") or "-" in word


def test_every_village_of_the_province_fits_beside_a_photo_with_a_name_of_forty_letters():
    width, bottom = COLUMNS[1]
    villages = [one.code for one in all_regions().values() if one.level == "village"]
    assert len(villages) == 1571
    for code in villages:
        settle(NAMES[1], places_of(code), width, bottom - faces.WORDS_LABEL_BASE)


def test_the_widest_card_number_keeps_clear_of_the_house_and_stays_large_enough():
    widest, usual = "WWWWW-WWWWW-WWWW", "7K2M9-QX4TB-03HF"
    for number in (widest, usual):
        card = dataclasses.replace(a_card(), number=number)
        for draw, least in ((faces.draw_front, 9), (faces.draw_back, 6.5)):
            art = Recorder()
            draw(art, card.face())
            (face,) = [face for _, _, text, face in art.texts if text == number]
            assert face.points >= (least if number == widest else least * 1.2)
            assert width_of(number, face) <= (faces.NUMBER_WIDTH if least == 9 else faces.CODE_SIDE)


def test_what_is_written_on_the_back_fits_its_column_and_ends_above_the_foot():
    art = Recorder()
    faces.draw_back(art, a_card().face())
    for x, y, text, face in art.texts:
        assert x >= faces.MARGIN
        assert x + width_of(text, face) <= faces.CODE_LEFT + faces.CODE_SIDE + 1e-6
        assert y <= HEIGHT - faces.FOOT_HEIGHT - 0.8
        assert face.points >= 6.5


@pytest.mark.parametrize("photo", [None, a_photo()])
@pytest.mark.parametrize("name", HARD_NAMES)
def test_no_two_texts_of_a_face_touch_and_none_touches_photo_or_code(name, photo):
    for draw in (faces.draw_front, faces.draw_back):
        art = Recorder()
        draw(art, a_card(name=name, photo=photo, places=longest_places()[0]).face())
        boxes = [box_of(*one) for one in art.texts] + art.pictures
        for one, other in combinations(boxes, 2):
            assert not overlap(one, other), (one, other)
        assert len(art.pictures) == (draw is faces.draw_back or photo is not None)


class Recorder(SvgCanvas):
    """A canvas that remembers where it was written and what was placed."""

    def __init__(self):
        super().__init__()
        self.texts, self.pictures = [], []

    def text(self, x, y, text, face, colour):
        assert colour in {colour for colour, _ in WRITTEN}
        self.texts.append((x, y, text, face))

    def photo(self, x, y, width, height, jpeg):
        assert jpeg == a_photo()
        self.pictures.append((x, y, x + width, y + height))

    def code(self, x, y, module, matrix):
        zone, side = 4 * module, matrix.side * module
        self.pictures.append((x - zone, y - zone, x + side + zone, y + side + zone))


def box_of(x, y, text, face):
    cap = face.points * 25.4 / 72 * 0.66
    return (x, y - cap, x + width_of(text, face), y)


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_what_is_written_stands_out_at_seven_to_one_or_more():
    for colour, ground in WRITTEN:
        assert contrast(colour, ground) >= 7, (colour, ground)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_every_letter_that_a_card_can_say_is_in_every_weight():
    for weight in WEIGHTS:
        assert set(TTFont(font_file(weight)).getBestCmap()) >= set(map(ord, LETTERS))


def test_a_name_in_letters_the_font_lacks_is_left_to_the_code_and_marks_are_left_out():
    assert printable("ṢĀLIḤ  D’AYU") == "SĀLIH D’AYU"
    assert unprintable("SITI 中村 中") == "中村"
    art = Recorder()
    faces.draw_front(art, a_card(name="SITI 中村").face())
    written = [text for _, _, text, _ in art.texts]
    assert lettering.NAME_IS_IN_THE_CODE in written
    assert not [text for text in written if "SITI" in text]
    file = draw_sheets([a_card(name="SITI 中村").face()], title="x", ordered_at=NOW)
    page = pypdfium2.PdfDocument(file)[1].render(scale=300 / 72, grayscale=True)
    (code,) = zxingcpp.read_barcodes(page.to_numpy())
    assert verify(code.text, RING, NOW).printed_name == "SITI 中村"


def test_a_place_in_such_letters_is_refused_by_their_codes():
    places = ("Desa 中", "Kahayan", "Gunung Mas")
    with pytest.raises(UnprintableLetters, match="U\\+4E2D") as refused:
        draw_sheets([a_card(places=places).face()], title="x", ordered_at=NOW)
    assert "Desa" not in str(refused.value)


def test_the_photo_travels_as_it_is_and_what_is_no_photo_is_refused():
    file = draw_sheets([a_card(photo=a_photo()).face()], title="x", ordered_at=NOW)
    assert a_photo() in file
    assert jpeg_size(a_photo()) == (240, 312, 3)
    for broken in (b"", b"\xff\xd8", a_photo()[:20], b"GIF89a" + a_photo()):
        with pytest.raises(UnreadablePhoto):
            draw_sheets([a_card(photo=broken).face()], title="x", ordered_at=NOW)


def test_the_symbol_is_29_2_millimetres_with_its_quiet_zone_and_lies_on_whole_dots():
    assert pytest.approx(29.2, abs=0.05) == faces.CODE_SIDE
    assert pytest.approx(5 * DOT) == faces.MODULE
    for edge in (faces.CODE_LEFT, faces.CODE_TOP):
        assert edge / DOT == pytest.approx(round(edge / DOT))
    assert faces.CODE_LEFT + faces.CODE_SIDE <= WIDTH - 2
    assert faces.CODE_TOP >= faces.BACK_BANNER_HEIGHT + faces.BAND_HEIGHT


ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def test_the_two_drawers_of_codes_agree_bit_for_bit_at_every_length_and_correction():
    """Every length that our tokens have, and steps through all that fit."""
    lengths = [*range(40, CAPACITY_M + 1, 7), *range(225, 345), *(258, 259, 260, 261, 365, 366)]
    dice = numpy.random.default_rng(11)
    texts = ["".join(dice.choice(list(ALPHANUMERIC), length)) for length in lengths]
    # Digits in a row, which one of the two would like to pack closer.
    texts += ["7" * run + "AB%" * 30 + "5" * run + "$ C" * 30 + "3" * run for run in range(3, 36)]
    texts += [a_token(place, "A" * (1 + place % 40)) for place in range(140)]
    assert len(texts) >= 300
    assert {correction_for(text) for text in texts} == {"Q", "M"}
    for text in texts:
        assert single_matrix(text) == batch_matrix(text), len(text)


def test_a_text_gets_the_stronger_correction_while_it_fits_and_is_refused_when_nothing_does():
    assert [correction_for("A" * n) for n in (CAPACITY_Q, CAPACITY_Q + 1)] == ["Q", "M"]
    for draw in (single_matrix, batch_matrix):
        with pytest.raises(TextTooLong):
            draw("A" * (CAPACITY_M + 1))


def test_a_matrix_reads_as_rows_of_modules():
    matrix = Matrix(3, bytes([0b101_00000, 0b010_00000, 0b111_00000]))
    assert [list(row) for row in matrix] == [
        [True, False, True],
        [False, True, False],
        [True, True, True],
    ]
    code = single_matrix(a_token(1))
    assert numpy.array([list(row) for row in code])[:7, :7].sum() == 33


def test_the_printed_faces_show_where_photo_and_marked_corner_are():
    file = draw_sheets([a_card(photo=a_photo()).face()], title="x", ordered_at=NOW)
    front, back = (page_picture(file, page) for page in (0, 1))
    dots = 300 / 25.4
    x, y = corner(0, is_back=False)
    box = [
        round(edge * dots)
        for edge in (
            x + faces.PHOTO_LEFT,
            y + faces.PHOTO_TOP,
            x + faces.PHOTO_LEFT + faces.PHOTO_WIDTH,
            y + faces.PHOTO_TOP + faces.PHOTO_HEIGHT,
        )
    ]
    shown = front.crop(box).resize((60, 78))
    wanted = Image.open(io.BytesIO(a_photo())).resize((60, 78))
    assert numpy.abs(numpy.asarray(shown, int) - numpy.asarray(wanted, int)).mean() < 6
    ochre = (224, 165, 38)
    right_bottom = (round((x + WIDTH - 1) * dots), round((y + HEIGHT - 1) * dots))
    assert front.getpixel(right_bottom) == ochre
    x, y = corner(0, is_back=True)
    assert back.getpixel((round((x + 1) * dots), round((y + HEIGHT - 1) * dots))) == ochre


def page_picture(file, page):
    return pypdfium2.PdfDocument(file)[page].render(scale=300 / 72).to_pil().convert("RGB")

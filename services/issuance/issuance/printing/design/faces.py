"""The two faces of the card. Every measure and word that is printed is decided here."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from issuance.printing.design.canvas import (
    BLACK,
    BLEED,
    DOT,
    GREEN,
    HEIGHT,
    INK,
    OCHRE,
    PALE_OCHRE,
    PAPER,
    QUIET,
    RED,
    TINT,
    WIDTH,
    Canvas,
    Matrix,
    Shapes,
    Writing,
)
from issuance.printing.design.codes import SIDE
from issuance.printing.design.lettering import settle
from issuance.printing.design.longhouse import Strip, draw_band, draw_longhouse
from issuance.printing.design.typeface import Face, fit, width_of, wrap

# Five dots of a 300 dpi printer a module: what the measurements of reading ask for.
MODULE = 5 * DOT
QUIET_ZONE = 4 * MODULE
CODE_SIDE = SIDE * MODULE + 2 * QUIET_ZONE
MARGIN = 5.0
# Whole dots from the card's corner, so that modules fall on the printer's grid.
CODE_LEFT = round((WIDTH - MARGIN + QUIET_ZONE - CODE_SIDE) / DOT) * DOT
CODE_TOP = round(9.3 / DOT) * DOT

PROGRAMME = "Kartu Huma Betang Sejahtera"
TITLE = Face("Bold", 12.3)
SUBTITLE = Face("Regular", 8.5)
LABEL = Face("Regular", 6.5)
NUMBER = Face("Bold", 12.0, tracking=0.18)
NUMBER_SMALLEST = 6.5
# Ends before the house begins.
HOUSE_LEFT = 47.0
NUMBER_WIDTH = HOUSE_LEFT - MARGIN
UNTIL = Face("Regular", 7.5)
DATE = Face("Bold", 8.5)
BANNER_HEIGHT, BACK_BANNER_HEIGHT = 12.6, 5.6
BAND_HEIGHT = 2.2
FOOT_HEIGHT = 2.9
EMBLEM_WIDTH, HOUSE_WIDTH = 15.5, 33.6
# The corner that is marked, and may be cut, so that eye and finger find which way the card lies.
CUT_CORNER = 5.0
PHOTO_WIDTH, PHOTO_HEIGHT = 19.6, 25.48
PHOTO_LEFT, PHOTO_TOP = WIDTH - MARGIN - PHOTO_WIDTH, 16.6
PHOTO_FRAME = 0.25
# The family's words: below their label, above the house or the number, beside the photo.
WORDS_LABEL_BASE = BANNER_HEIGHT + BAND_HEIGHT + 3.7
WORDS_WIDTH, WORDS_BOTTOM = WIDTH - 2 * MARGIN, 35.0
WORDS_WIDTH_BY_PHOTO, WORDS_BOTTOM_BY_PHOTO = PHOTO_LEFT - 2.6 - MARGIN, 42.0
WIB = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class CardFace:
    """What differs from card to card."""

    name: str
    # Smallest place first: village, district, regency.
    places: tuple[str, str, str]
    number: str
    expires_at: datetime
    matrix: Matrix
    # A JPEG picture of 240 × 312 pixels, drawn as it is; None leaves its place to the house.
    photo: bytes | None = None


def draw_front(canvas: Canvas, card: CardFace) -> None:
    """Draw the side with the name; raises UnprintableLetters, TooMuchText, UnreadablePhoto."""
    if card.photo is None:
        canvas.stencil(front_art)
        _family(canvas, card, WORDS_WIDTH, WORDS_BOTTOM)
        _number(canvas, card.number, HEIGHT - 9.7)
        canvas.text(MARGIN, HEIGHT - 5.7, f"Berlaku sampai {_day(card.expires_at)}", UNTIL, INK)
        return
    canvas.stencil(front_art_with_photo)
    _family(canvas, card, WORDS_WIDTH_BY_PHOTO, WORDS_BOTTOM_BY_PHOTO)
    _number(canvas, card.number, HEIGHT - 4.8)
    canvas.photo(PHOTO_LEFT, PHOTO_TOP, PHOTO_WIDTH, PHOTO_HEIGHT, card.photo)
    canvas.text(PHOTO_LEFT, HEIGHT - 4.8, _day(card.expires_at), DATE, INK)


def _number(canvas: Canvas, number: str, base: float) -> None:
    """Write the card number; some letters are twice as wide as others."""
    face = fit(number, NUMBER, width=NUMBER_WIDTH, smallest=NUMBER_SMALLEST)
    canvas.text(MARGIN, base, number, face, INK)


def _family(canvas: Canvas, card: CardFace, width: float, bottom: float) -> None:
    for line in settle(card.name, card.places, width, bottom - WORDS_LABEL_BASE):
        canvas.text(MARGIN, WORDS_LABEL_BASE + line.depth, line.text, line.face, INK)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(WIB):%d-%m-%Y}"


def front_art(art: Writing) -> None:
    """Draw what every front without a photo has."""
    _ground(art)
    # The house stands on the ochre line, clear of whatever is written.
    top = HEIGHT - FOOT_HEIGHT - HOUSE_WIDTH * 0.47
    draw_longhouse(art, HOUSE_LEFT, top, HOUSE_WIDTH, colour=TINT, opening=PAPER)
    _front_frame(art)
    art.text(MARGIN, HEIGHT - 14.4, "Nomor kartu", LABEL, QUIET)


def front_art_with_photo(art: Writing) -> None:
    """Draw what every front with a photo has."""
    _ground(art)
    _front_frame(art)
    art.text(MARGIN, HEIGHT - 9.2, "Nomor kartu", LABEL, QUIET)
    art.text(PHOTO_LEFT, HEIGHT - 9.2, "Berlaku sampai", LABEL, QUIET)
    edge = PHOTO_FRAME
    width, height = PHOTO_WIDTH + 2 * edge, PHOTO_HEIGHT + 2 * edge
    art.rect(PHOTO_LEFT - edge, PHOTO_TOP - edge, width, height, OCHRE)


def _front_frame(art: Writing) -> None:
    _foot(art, WIDTH)
    art.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, BANNER_HEIGHT + BLEED, RED)
    draw_longhouse(art, MARGIN, 2.9, EMBLEM_WIDTH, colour=OCHRE, opening=RED)
    _band(art, BANNER_HEIGHT)
    left = MARGIN + EMBLEM_WIDTH + 3.2
    art.text(left, 6.3, PROGRAMME, TITLE, PAPER)
    art.text(left, 10.2, "Provinsi Kalimantan Tengah", SUBTITLE, PALE_OCHRE)
    art.text(MARGIN, WORDS_LABEL_BASE, "Kepala keluarga", LABEL, QUIET)


def _ground(shapes: Shapes) -> None:
    shapes.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED, PAPER)


def _foot(shapes: Shapes, corner: float) -> None:
    """Draw the foot, with the marked corner at the card's left (0) or right edge (WIDTH)."""
    shapes.rect(-BLEED, HEIGHT - FOOT_HEIGHT, WIDTH + 2 * BLEED, FOOT_HEIGHT + BLEED, RED)
    shapes.rect(-BLEED, HEIGHT - FOOT_HEIGHT, WIDTH + 2 * BLEED, 0.7, OCHRE)
    out, inward = (BLEED, -1) if corner else (-BLEED, 1)
    edge, bottom, reach = corner + out, HEIGHT + BLEED, CUT_CORNER + 2 * BLEED
    triangle = [(edge, bottom), (edge + inward * reach, bottom), (edge, bottom - reach)]
    shapes.polygon(triangle, OCHRE)


def _band(shapes: Shapes, top: float) -> None:
    colours = (BLACK, OCHRE, RED, GREEN)
    draw_band(shapes, Strip(-BLEED, top, WIDTH + 2 * BLEED, BAND_HEIGHT), colours)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, in the words of most readers and, shorter, of visitors."""

    heading: str
    words: str
    english: str


ADVICE = (
    Advice(
        "Menemukan kartu ini?",
        "Serahkan ke kantor desa atau kelurahan terdekat. Terima kasih.",
        "If found, please hand it in at any village office.",
    ),
    Advice(
        "Kartu Anda hilang?",
        "Segera lapor ke kantor desa atau loket kartu. Kartu penggantinya gratis.",
        "If lost, report it at once. A new card is free.",
    ),
)
CARE = "Jangan pinjamkan kartu ini, jangan beri tahu PIN, jangan bagikan fotonya."
TYPE_IT = ("Bila kode tak terbaca,", "ketik nomor ini.")
HEADING = Face("Bold", 8.5)
WORDS = Face("Regular", 7.8)
ENGLISH = Face("Regular", 6.5)
BACK_TITLE = Face("Semibold", 7.5)
BACK_NUMBER = Face("Bold", 8.5, tracking=0.06)
BACK_WORDS_WIDTH = CODE_LEFT - MARGIN - 1.5


def draw_back(canvas: Canvas, card: CardFace) -> None:
    """Draw the side with the code and the words for who finds or loses it."""
    canvas.stencil(back_art)
    canvas.code(CODE_LEFT + QUIET_ZONE, CODE_TOP + QUIET_ZONE, MODULE, card.matrix)
    number = fit(card.number, BACK_NUMBER, width=CODE_SIDE, smallest=NUMBER_SMALLEST)
    canvas.text(_centred(card.number, number), CODE_TOP + CODE_SIDE + 2.8, card.number, number, INK)


def _centred(text: str, face: Face) -> float:
    return CODE_LEFT + (CODE_SIDE - width_of(text, face) + face.tracking) / 2


def back_art(art: Writing) -> None:
    """Draw what every back has."""
    _ground(art)
    _foot(art, 0.0)
    art.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, BACK_BANNER_HEIGHT + BLEED, RED)
    _band(art, BACK_BANNER_HEIGHT)
    art.text(MARGIN, 3.7, PROGRAMME, BACK_TITLE, PAPER)
    base = CODE_TOP + CODE_SIDE + 6.2
    for step, line in enumerate(TYPE_IT):
        art.text(_centred(line, LABEL), base + 2.7 * step, line, LABEL, QUIET)
    _back_words(art)


def _back_words(art: Writing) -> None:
    # The first line's capitals are level with the symbol's upper edge.
    y = CODE_TOP + QUIET_ZONE + 2.0
    for advice in ADVICE:
        art.text(MARGIN, y, advice.heading, HEADING, RED)
        for line in wrap(advice.words, WORDS, BACK_WORDS_WIDTH):
            y += 3.35
            art.text(MARGIN, y, line, WORDS, INK)
        for line in wrap(advice.english, ENGLISH, BACK_WORDS_WIDTH):
            y += 3.15
            art.text(MARGIN, y, line, ENGLISH, QUIET)
        y += 5.9
    for line in wrap(CARE, WORDS, BACK_WORDS_WIDTH):
        art.text(MARGIN, y, line, WORDS, INK)
        y += 3.35

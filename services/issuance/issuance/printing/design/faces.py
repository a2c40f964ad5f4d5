"""The two faces of the card. Every measure and word that is printed is decided here."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from issuance.printing.design.canvas import (
    BLACK,
    BLEED,
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
)
from issuance.printing.design.longhouse import Strip, draw_band, draw_longhouse
from issuance.printing.design.typeface import Face, fit, width_of, wrap

DOT = 25.4 / 300
# Five dots of a 300 dpi printer a module: what qr.md's measurements of reading ask for.
MODULE = 5 * DOT
MODULES = 61
QUIET_ZONE = 4 * MODULE
CODE_SIDE = MODULES * MODULE + 2 * QUIET_ZONE
MARGIN = 5.0
# Whole dots from the card's corner, so that modules fall on the printer's grid.
CODE_LEFT = round((WIDTH - MARGIN - CODE_SIDE) / DOT) * DOT
CODE_TOP = round(11.6 / DOT) * DOT

LABEL = Face("Regular", 6.5)
NAME = Face("Bold", 13.5)
NAME_SMALLEST = 9.0
WORDS = Face("Regular", 7.8)
PLACE = Face("Regular", 8.5)
NUMBER = Face("Bold", 12.0, tracking=0.18)
BANNER_HEIGHT = 12.6
BAND_HEIGHT = 2.2
BACK_BANNER_HEIGHT = 5.6
FOOT_HEIGHT = 2.9
EMBLEM_WIDTH, HOUSE_WIDTH = 15.5, 33.6
TEXT_WIDTH = WIDTH - 2 * MARGIN
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
    """Draw the side with the name."""
    canvas.stencil(_front_shapes)
    left = MARGIN + EMBLEM_WIDTH + 3.2
    canvas.text(left, 6.4, "Kartu Huma Betang Sejahtera", Face("Bold", 12.0), PAPER)
    canvas.text(left, 10.3, "Provinsi Kalimantan Tengah", Face("Regular", 8.5), PALE_OCHRE)
    top = BANNER_HEIGHT + BAND_HEIGHT
    canvas.text(MARGIN, top + 4.0, "Nama", LABEL, QUIET)
    name_bottom = _name(canvas, card.name, top + 4.0)
    _place(canvas, card.places, name_bottom)
    canvas.text(MARGIN, HEIGHT - 14.2, "Nomor kartu", LABEL, QUIET)
    canvas.text(MARGIN, HEIGHT - 9.5, card.number, NUMBER, INK)
    until = f"Berlaku sampai {card.expires_at.astimezone(WIB):%d-%m-%Y}"
    canvas.text(MARGIN, HEIGHT - 5.6, until, Face("Regular", 7.5), INK)


def _front_shapes(shapes: Shapes) -> None:
    _ground(shapes)
    # The house stands on the ochre line, clear of whatever is written.
    top = HEIGHT - FOOT_HEIGHT - HOUSE_WIDTH * 0.47
    draw_longhouse(shapes, 47.4, top, HOUSE_WIDTH, colour=TINT, opening=PAPER)
    _foot(shapes)
    shapes.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, BANNER_HEIGHT + BLEED, RED)
    draw_longhouse(shapes, MARGIN, 3.1, EMBLEM_WIDTH, colour=OCHRE, opening=RED)
    _band(shapes, BANNER_HEIGHT)


def _back_shapes(shapes: Shapes) -> None:
    _ground(shapes)
    _foot(shapes)
    shapes.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, BACK_BANNER_HEIGHT + BLEED, RED)
    _band(shapes, BACK_BANNER_HEIGHT)


def _ground(shapes: Shapes) -> None:
    shapes.rect(-BLEED, -BLEED, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED, PAPER)


def _foot(shapes: Shapes) -> None:
    shapes.rect(-BLEED, HEIGHT - FOOT_HEIGHT, WIDTH + 2 * BLEED, FOOT_HEIGHT + BLEED, RED)
    shapes.rect(-BLEED, HEIGHT - FOOT_HEIGHT, WIDTH + 2 * BLEED, 0.7, OCHRE)


def _band(shapes: Shapes, top: float) -> None:
    colours = (BLACK, OCHRE, RED, GREEN)
    draw_band(shapes, Strip(-BLEED, top, WIDTH + 2 * BLEED, BAND_HEIGHT), colours)


def _name(canvas: Canvas, name: str, label_base: float) -> float:
    """Write the name on one line, smaller if need be, else on two; return the last baseline."""
    face = fit(name, NAME, width=TEXT_WIDTH, smallest=NAME_SMALLEST)
    if width_of(name, face) <= TEXT_WIDTH:
        canvas.text(MARGIN, label_base + 5.1, name, face, INK)
        return label_base + 5.1
    first, second = _two_lines(name)
    face = min(
        (fit(line, NAME.sized(10.5), width=TEXT_WIDTH, smallest=6.5) for line in (first, second)),
        key=lambda one: one.points,
    )
    canvas.text(MARGIN, label_base + 4.2, first, face, INK)
    canvas.text(MARGIN, label_base + 8.1, second, face, INK)
    return label_base + 8.1


def _two_lines(name: str) -> tuple[str, str]:
    """Break a name where its halves are most alike; a single word is cut in the middle."""
    words = name.split()
    if len(words) == 1:
        return f"{name[: len(name) // 2]}-", name[len(name) // 2 :]
    breaks = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words)))
    return min(breaks, key=lambda halves: max(width_of(half, NAME) for half in halves))


def _place(canvas: Canvas, places: tuple[str, str, str], above: float) -> None:
    village, district, regency = places
    canvas.text(
        MARGIN,
        above + 4.5,
        village,
        fit(village, Face("Semibold", 9.5), width=TEXT_WIDTH, smallest=7),
        INK,
    )
    around = f"{district}, {regency}"
    canvas.text(MARGIN, above + 8.2, around, fit(around, PLACE, width=TEXT_WIDTH, smallest=7), INK)


FOUND = (
    "Jika kartu ini ditemukan",
    "Serahkan ke kantor desa atau kelurahan terdekat. Terima kasih.",
)
LOST = (
    "Jika kartu Anda hilang",
    "Segera lapor ke kantor desa atau loket kartu. Kartu lama diblokir; penggantinya gratis.",
)
CARE = (
    "Jagalah kartu Anda",
    "Jangan pinjamkan kartu atau membagikan fotonya.",
)


def draw_back(canvas: Canvas, card: CardFace) -> None:
    """Draw the side with the code and the words for who finds or loses it."""
    canvas.stencil(_back_shapes)
    canvas.text(MARGIN, 3.9, "Kartu Huma Betang Sejahtera", Face("Semibold", 7.5), PAPER)
    canvas.code(CODE_LEFT + QUIET_ZONE, CODE_TOP + QUIET_ZONE, MODULE, card.matrix)
    number = Face("Bold", 9.0, tracking=0.06)
    left = CODE_LEFT + (CODE_SIDE - width_of(card.number, number)) / 2
    canvas.text(left, CODE_TOP + CODE_SIDE + 3.6, card.number, number, INK)
    y = 14.2
    for heading, words in (FOUND, LOST, CARE):
        canvas.text(MARGIN, y, heading, Face("Bold", 8.5), RED)
        for line in wrap(words, WORDS, CODE_LEFT - MARGIN - 2.0):
            y += 3.3
            canvas.text(MARGIN, y, line, WORDS, INK)
        y += 4.9

"""The *huma betang*, the Dayak longhouse, and the woven band, drawn as plain shapes."""

from dataclasses import dataclass
from math import cos, pi, sin

from issuance.printing.design.canvas import Point, Shapes

# The house is drawn on a field of 100 by 48; whoever draws it says how large and where.
FIELD_WIDTH, FIELD_HEIGHT = 100.0, 48.0


class _House:
    def __init__(self, canvas: Shapes, x: float, y: float, width: float) -> None:
        self.canvas, self.x, self.y = canvas, x, y
        self.scale = width / FIELD_WIDTH

    def shape(self, points: list[Point], colour: str) -> None:
        placed = [(self.x + px * self.scale, self.y + py * self.scale) for px, py in points]
        self.canvas.polygon(placed, colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour)

    def mirrored(self, points: list[Point], colour: str) -> None:
        self.shape(points, colour)
        self.shape([(FIELD_WIDTH - px, py) for px, py in points], colour)


def draw_longhouse(
    canvas: Shapes, x: float, y: float, width: float, *, colour: str, opening: str
) -> None:
    """Draw the house with its top left corner at (x, y); `opening` shows through its windows."""
    house = _House(canvas, x, y, width)
    _roof(house, colour, opening)
    _walls(house, colour, opening)
    _posts(house, colour)
    _ladder(house, colour)


def _horn(turn: float) -> list[Point]:
    """A crossed ridge end, bent like the beak of a hornbill."""
    outer = [(10 - 9 * sin(a), 10 - 9 * (1 - cos(a)) * turn) for a in _steps(0, pi / 2, 7)]
    inner = [(10 - 7.2 * sin(a), 11.2 - 8.3 * (1 - cos(a)) * turn) for a in _steps(pi / 2, 0, 7)]
    return outer + inner


def _steps(start: float, end: float, count: int) -> list[float]:
    return [start + (end - start) * step / (count - 1) for step in range(count)]


def _roof(house: _House, colour: str, opening: str) -> None:
    house.mirrored(_horn(1.0), colour)
    ridge = [(8 + 84 * t, 9.6 + 1.5 * sin(pi * t)) for t in _steps(0, 1, 13)]
    eaves = [(98.5, 23), (93, 22.2), (7, 22.2), (1.5, 23)]
    house.shape(ridge + eaves, colour)
    # Rows of ironwood shingles.
    for row, inset in ((14.2, 8.2), (17.0, 6.4), (19.6, 4.8)):
        house.box(inset, row, FIELD_WIDTH - 2 * inset, 0.42, opening)
    # The gable over the way in, higher than the rest.
    house.shape([(50, 3.2), (64, 22.2), (36, 22.2)], opening)
    house.shape([(50, 4.6), (63, 22.2), (37, 22.2)], colour)
    house.shape([(50, 9.4), (58.4, 20.6), (41.6, 20.6)], opening)
    house.shape([(50, 12.0), (56.2, 20.6), (43.8, 20.6)], colour)
    house.shape([(50, 14.6), (51.9, 17.4), (50, 20.2), (48.1, 17.4)], opening)
    house.mirrored([(50.4, 5.4), (49.2, 5.0), (46.2, 1.0), (47.4, 0.6)], colour)


def _walls(house: _House, colour: str, opening: str) -> None:
    house.box(7, 22.8, 86, 9.2, colour)
    for left in (10.5, 18, 25.5, 33, 62.4, 69.9, 77.4, 84.9):
        house.box(left, 25, 4.6, 4.6, opening)
        house.box(left + 2.05, 25, 0.5, 4.6, colour)
    house.box(45.4, 24.4, 9.2, 7.6, opening)
    house.box(49.75, 24.4, 0.5, 7.6, colour)
    house.box(4, 32.6, 92, 1.9, colour)


def _posts(house: _House, colour: str) -> None:
    for middle in (9, 19.2, 29.4, 39.6, 60.4, 70.6, 80.8, 91):
        house.shape(
            [(middle - 0.9, 34), (middle + 0.9, 34), (middle + 1.15, 47), (middle - 1.15, 47)],
            colour,
        )


def _ladder(house: _House, colour: str) -> None:
    house.shape([(46.2, 34), (47.6, 34), (45.4, 47), (44, 47)], colour)
    house.shape([(52.4, 34), (53.8, 34), (56, 47), (54.6, 47)], colour)
    for step in range(4):
        top = 36.2 + 2.9 * step
        spread = 0.17 * (top - 34)
        house.box(46.9 - spread, top, 6.2 + 2 * spread, 0.95, colour)


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a band runs: its top left corner, and its size."""

    x: float
    y: float
    width: float
    height: float


def draw_band(canvas: Shapes, strip: Strip, colours: tuple[str, str, str, str]) -> None:
    """Draw a woven band: rhombs between rows of triangles, as on rattan mats.

    The colours are those of the ground, the rhombs, their hearts and the triangles.
    """
    ground, rhomb, heart, edge = colours
    x, y, height = strip.x, strip.y, strip.height
    canvas.rect(x, y, strip.width, height, ground)
    count = round(strip.width / (height * 1.5))
    pitch = strip.width / count
    for place in range(count):
        left, middle = x + place * pitch, y + height / 2
        centre = left + pitch / 2
        for size, colour in ((0.80, rhomb), (0.42, heart)):
            dx, dy = pitch / 2 * size, height / 2 * size
            corners = [(-dx, 0.0), (0.0, -dy), (dx, 0.0), (0.0, dy)]
            canvas.polygon([(centre + h, middle + v) for h, v in corners], colour)
        reach = pitch * 0.26
        for side, tip in ((y, 0.34), (y + height, -0.34)):
            begin, point = max(x, left - reach), (max(x, left), side + tip * height)
            canvas.polygon([(begin, side), (left + reach, side), point], edge)

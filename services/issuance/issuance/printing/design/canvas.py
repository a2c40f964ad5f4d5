"""What a card is drawn on: a few shapes in millimetres, so that print and screen are one design."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from issuance.printing.design.typeface import Face

Point = tuple[float, float]

# ID-1 (ISO/IEC 7810), and the room around it that is printed and then cut away.
WIDTH, HEIGHT, CORNER = 85.6, 53.98, 3.18
BLEED = 1.1
# A printer's dot at 300 dpi; what must lie on its grid is measured in it.
DOT = 25.4 / 300

# From Dayak woven and carved work. What is read is a grey without colour: a printer sets it with
# black alone, and no letter has a coloured rim when its inks do not lie exactly on each other.
RED = "#6d1a1f"
OCHRE = "#e0a526"
PALE_OCHRE = "#f6d78e"
GREEN = "#1f5f45"
BLACK = "#1d1613"
INK = "#1c1c1c"
QUIET = "#4d4d4d"
PAPER = "#ffffff"
TINT = "#f4ead8"
# What is written in which colour on which ground.
WRITTEN = (
    (INK, PAPER),
    (INK, TINT),
    (QUIET, PAPER),
    (RED, PAPER),
    (PAPER, RED),
    (PALE_OCHRE, RED),
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square of modules, a row after the other: one bit each, dark is 1, rows in whole bytes."""

    side: int
    bits: bytes

    @property
    def row_bytes(self) -> int:
        """Return how many bytes a row takes."""
        return -(-self.side // 8)

    def __len__(self) -> int:
        return self.side

    def __iter__(self) -> Iterator[tuple[bool, ...]]:
        return map(self.__getitem__, range(self.side))

    def __getitem__(self, row: int) -> tuple[bool, ...]:
        if not 0 <= row < self.side:
            raise IndexError(row)
        start = row * self.row_bytes
        line = self.bits[start : start + self.row_bytes]
        return tuple(bool(line[at // 8] >> (7 - at % 8) & 1) for at in range(self.side))


class Shapes(Protocol):
    """Fills shapes, in millimetres from the card's top left corner; y grows downwards."""

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""


class Writing(Shapes, Protocol):
    """Fills shapes and writes."""

    def text(self, x: float, y: float, text: str, face: Face, colour: str) -> None:
        """Write a printable text on a baseline that starts at (x, y)."""


class Canvas(Writing, Protocol):
    """Draws a face of a card."""

    def stencil(self, draw: Callable[[Writing], None]) -> None:
        """Draw what is the same on every card; where that is cheaper, it is worked out once."""

    def code(self, x: float, y: float, module: float, matrix: Matrix) -> None:
        """Draw a QR symbol, black, without its quiet zone."""

    def photo(self, x: float, y: float, width: float, height: float, jpeg: bytes) -> None:
        """Draw a picture; it is stretched to the size."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""What a card is drawn on: a few shapes in millimetres, so that print and screen are one design."""

from collections.abc import Callable, Sequence
from typing import Protocol

from issuance.printing.design.typeface import Face

Point = tuple[float, float]
Matrix = Sequence[Sequence[bool]]

# ID-1 (ISO/IEC 7810), and the room around it that is printed and then cut away.
WIDTH, HEIGHT, CORNER = 85.6, 53.98, 3.18
BLEED = 1.1

# From Dayak woven and carved work. Contrast against white or, where named, against RED.
RED = "#6d1a1f"  # 11.6:1
OCHRE = "#e0a526"
PALE_OCHRE = "#f6d78e"  # 8.2:1 on RED
GREEN = "#1f5f45"  # 7.6:1
BLACK = "#1d1613"  # 17.8:1
INK = "#241d18"  # 16.6:1
QUIET = "#574c43"  # 8.3:1
PAPER = "#ffffff"
TINT = "#f1e6d0"


class Shapes(Protocol):
    """Fills shapes, in millimetres from the card's top left corner; y grows downwards."""

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""


class Canvas(Shapes, Protocol):
    """Draws a face of a card."""

    def stencil(self, draw: Callable[[Shapes], None]) -> None:
        """Draw what is the same on every card; where that is cheaper, it is worked out once."""

    def text(self, x: float, y: float, text: str, face: Face, colour: str) -> None:
        """Write on a baseline that starts at (x, y)."""

    def code(self, x: float, y: float, module: float, matrix: Matrix) -> None:
        """Draw a QR symbol, black, without its quiet zone."""

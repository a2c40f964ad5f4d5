"""A face of the card as an SVG picture, for screens."""

import base64
from collections.abc import Callable, Sequence

from issuance.printing.design.canvas import CORNER, HEIGHT, WIDTH, Matrix, Point, Writing
from issuance.printing.design.typeface import Face, outline


class SvgCanvas:
    """Collects shapes; `document` is the picture."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed shape."""
        corners = " ".join(f"{x:.3f},{y:.3f}" for x, y in points)
        self._parts.append(f'<polygon points="{corners}" fill="{colour}"/>')

    def rect(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._parts.append(
            f'<rect x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}" '
            f'fill="{colour}"/>'
        )

    def stencil(self, draw: Callable[[Writing], None]) -> None:
        """Draw what is the same on every card."""
        draw(self)

    def text(self, x: float, y: float, text: str, face: Face, colour: str) -> None:
        """Write on a baseline that starts at (x, y), as outlines."""
        self._parts.append(f'<path d="{outline(text, face, x, y)}" fill="{colour}"/>')

    def code(self, x: float, y: float, module: float, matrix: Matrix) -> None:
        """Draw a QR symbol, black, without its quiet zone."""
        runs = "".join(
            f"M{left} {row}h{length}v1h-{length}z"
            for row, line in enumerate(matrix)
            for left, length in _runs(line)
        )
        self._parts.append(
            f'<path transform="translate({x:.4f} {y:.4f}) scale({module:.5f})" d="{runs}" '
            'shape-rendering="crispEdges" fill="#000"/>'
        )

    def photo(self, x: float, y: float, width: float, height: float, jpeg: bytes) -> None:
        """Draw a picture; it is stretched to the size."""
        self._parts.append(
            f'<image x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}" '
            'preserveAspectRatio="none" '
            f'href="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"/>'
        )

    def document(self) -> str:
        """Return the picture with the card's round corners."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f'<clipPath id="k"><rect width="{WIDTH}" height="{HEIGHT}" rx="{CORNER}"/></clipPath>'
            f'<g clip-path="url(#k)">{"".join(self._parts)}</g>'
            f'<rect x=".1" y=".1" width="{WIDTH - 0.2}" height="{HEIGHT - 0.2}" rx="{CORNER}" '
            'fill="none" stroke="#8d8172" stroke-width=".2"/></svg>'
        )


def _runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if not dark:
            continue
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found

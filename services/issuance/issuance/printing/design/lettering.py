"""How a family's words fill their column: as large as they can be, and never below a size."""

from collections.abc import Iterator
from dataclasses import dataclass

from issuance.printing.design.typeface import (
    MM_PER_POINT,
    Face,
    fit,
    printable,
    unprintable,
    width_of,
    wrap,
)

NAME = Face("Bold", 13.5)
# Stands for a name in letters that the font lacks. The code has it as it was signed, and a reader
# shows it; one such name must not hold up a file of a thousand.
NAME_IS_IN_THE_CODE = "(Nama ada dalam kode QR)"
# Below this size a name takes two lines, which are larger again.
NAME_ON_ONE_LINE = 10.5
NAME_SIZES = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
NAME_SMALLEST = min(NAME_SIZES)
# Village, and the places around it.
PLACE_FACES = (
    (Face("Semibold", 9.5), Face("Regular", 8.5)),
    (Face("Semibold", 8.5), Face("Regular", 7.5)),
    (Face("Semibold", 7.5), Face("Regular", 7.0)),
)
PLACE_SMALLEST = min(around.points for _, around in PLACE_FACES)
# A line's height as a share of its letters' size, and the air above a paragraph in millimetres.
LEADING = 1.12
AIR_ABOVE_NAME, AIR_ABOVE_VILLAGE, AIR_ABOVE_AROUND = 0.9, 0.9, 0.35
BALANCING_STEPS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and how far its baseline lies below the column's top."""

    text: str
    face: Face
    depth: float


class TooMuchText(ValueError):
    """Words do not fit their column even at the smallest sizes."""


def settle(name: str, places: tuple[str, str, str], width: float, height: float) -> list[Line]:
    """Return the lines of a name and its places; raises TooMuchText.

    Raises UnprintableLetters for a place; a name with such letters is left to the code.
    """
    name = NAME_IS_IN_THE_CODE if unprintable(name) else printable(name)
    village, district, regency = map(printable, places)
    for lines, face in _name_settings(name, width):
        for village_face, around_face in PLACE_FACES:
            settled = _stacked(
                (lines, face, AIR_ABOVE_NAME),
                (wrap(village, village_face, width), village_face, AIR_ABOVE_VILLAGE),
                (_around(district, regency, around_face, width), around_face, AIR_ABOVE_AROUND),
            )
            if settled[-1].depth <= height:
                return settled
    raise TooMuchText(f"words do not fit {width:.1f} by {height:.1f} mm")


def _name_settings(name: str, width: float) -> Iterator[tuple[list[str], Face]]:
    face = fit(name, NAME, width=width, smallest=NAME_ON_ONE_LINE)
    if width_of(name, face) <= width:
        yield [name], face
    for points in NAME_SIZES:
        smaller = NAME.sized(points)
        yield balanced(name, smaller, width), smaller


def _around(district: str, regency: str, face: Face, width: float) -> list[str]:
    """Write both places on a line, or each on its own."""
    together = f"{district}, {regency}"
    if width_of(together, face) <= width:
        return [together]
    return [*wrap(f"{district},", face, width), *wrap(regency, face, width)]


def balanced(text: str, face: Face, width: float) -> list[str]:
    """Break a text into as few lines as can be, of lengths as even as can be."""
    lines = wrap(text, face, width)
    # A word that had to be cut fills its lines: evening them out would cut others.
    if len(lines) < 2 or any(line.endswith("-") for line in lines):
        return lines
    narrow, wide = width / len(lines), width
    for _ in range(BALANCING_STEPS):
        middle = (narrow + wide) / 2
        tried = wrap(text, face, middle)
        if len(tried) == len(lines) and not any(line.endswith("-") for line in tried):
            lines, wide = tried, middle
        else:
            narrow = middle
    return lines


def _stacked(*paragraphs: tuple[list[str], Face, float]) -> list[Line]:
    settled, depth = [], 0.0
    for lines, face, air in paragraphs:
        depth += air
        for text in lines:
            depth += face.points * MM_PER_POINT * LEADING
            settled.append(Line(text, face, depth))
    return settled

"""The typeface of the cards, Source Sans (SIL Open Font License), and how wide its words are."""

from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

Weight = Literal["Regular", "Semibold", "Bold"]
MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Face:
    """A weight in a size. Tracking is room added after each letter, in millimetres."""

    weight: Weight
    points: float
    tracking: float = 0.0

    def sized(self, points: float) -> "Face":
        """Return the same face in another size."""
        return replace(self, points=points)


def font_file(weight: Weight) -> Path:
    """Return where the font lies; it comes with a package, so every machine has the same one."""
    spec = find_spec("font_source_sans_pro")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("font-source-sans-pro is not installed")
    return Path(spec.origin).parent / "files" / f"SourceSansPro-{weight}.ttf"


class _Letters:
    def __init__(self, weight: Weight) -> None:
        font = TTFont(font_file(weight))
        self.units: int = font["head"].unitsPerEm
        self.names: dict[int, str] = font.getBestCmap()
        self.glyphs = font.getGlyphSet()
        self.widths: dict[str, int] = {
            name: width for name, (width, _) in font["hmtx"].metrics.items()
        }

    def glyph(self, letter: str) -> str:
        return self.names.get(ord(letter), ".notdef")


@cache
def _letters(weight: Weight) -> _Letters:
    return _Letters(weight)


def width_of(text: str, face: Face) -> float:
    """Return how wide a text is, in millimetres."""
    letters = _letters(face.weight)
    units: int = sum(letters.widths[letters.glyph(letter)] for letter in text)
    return units / letters.units * face.points * MM_PER_POINT + face.tracking * len(text)


def outline(text: str, face: Face, x: float, y: float) -> str:
    """Return a text as an SVG path, so that a screen shows the very letters that are printed."""
    letters = _letters(face.weight)
    scale = face.points * MM_PER_POINT / letters.units
    paths = []
    for letter in text:
        name = letters.glyph(letter)
        pen = SVGPathPen(
            letters.glyphs, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip(".")
        )
        letters.glyphs[name].draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
        paths.append(pen.getCommands())
        x += letters.widths[name] * scale + face.tracking
    return "".join(paths)


def fit(text: str, face: Face, *, width: float, smallest: float) -> Face:
    """Return the largest size, up to the face's own, at which a text fits; never below smallest."""
    needed = width_of(text, face)
    if needed <= width:
        return face
    return face.sized(max(smallest, int(face.points * width / needed * 10) / 10))


def wrap(text: str, face: Face, width: float) -> list[str]:
    """Break a text into lines at its spaces; a word wider than the line stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, face) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

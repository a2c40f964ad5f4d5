"""The typeface of the cards, Source Sans (SIL Open Font License), and how wide its words are."""

import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

Weight = Literal["Regular", "Semibold", "Bold"]
WEIGHTS: tuple[Weight, ...] = ("Regular", "Semibold", "Bold")
MM_PER_POINT = 25.4 / 72
# What a card can say: Latin with every mark of Unicode's first three blocks, and the signs that
# names and sentences need. All of it is in the font; a test holds that.
LETTERS = frozenset(
    {chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x17F))}
    | set("\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u02bb\u02bc")
)
# Letters close together are moved by the font's own table; for the rest it has nothing to say.
KERNED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,'-/\u2019")


@dataclass(frozen=True, slots=True)
class Face:
    """A weight in a size. Tracking is room added after each letter, in millimetres."""

    weight: Weight
    points: float
    tracking: float = 0.0

    def sized(self, points: float) -> "Face":
        """Return the same face in another size."""
        return replace(self, points=points, tracking=self.tracking * points / self.points)


class UnprintableLetters(ValueError):
    """A text has letters that no card can show; they are told, the text is not."""

    def __init__(self, letters: str) -> None:
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in letters)
        super().__init__(f"the cards' typeface lacks {codes}")
        self.letters = letters


def unprintable(text: str) -> str:
    """Return the letters of a text that no card can show, each once; "" when all can be."""
    return "".join(dict.fromkeys(one for one in _composed(text) if one not in LETTERS))


def printable(text: str) -> str:
    """Return a text as a card writes it; raises UnprintableLetters.

    A mark that the font cannot set is left out (ṣ becomes s); a letter never is.
    """
    if text.isascii() and text.isprintable():
        return text
    written = _composed(text)
    if not LETTERS.issuperset(written):
        raise UnprintableLetters(unprintable(text))
    return written


def _composed(text: str) -> str:
    letters = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(one if one in LETTERS else _plain(one) for one in letters)


def _plain(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part)) or letter


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
        metrics = font["hmtx"].metrics
        self.widths: dict[str, int] = {
            letter: metrics[self.names[ord(letter)]][0] for letter in LETTERS
        }
        self.kerns = _kerns(font, self.names)


@cache
def _letters(weight: Weight) -> _Letters:
    return _Letters(weight)


def _kerns(font: TTFont, names: dict[int, str]) -> dict[tuple[str, str], int]:
    """Return how much nearer or farther two letters stand, in font units, where it is not 0."""
    table = font["GPOS"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "kern"
        for index in record.Feature.LookupListIndex
    }
    subtables = [
        ({name: place for place, name in enumerate(one.Coverage.glyphs)}, one)
        for index in sorted(lookups)
        for one in table.LookupList.Lookup[index].SubTable
    ]
    pairs = ((left, right) for left in KERNED for right in KERNED)
    found = {
        (left, right): _kern(subtables, names[ord(left)], names[ord(right)])
        for left, right in pairs
    }
    return {pair: units for pair, units in found.items() if units}


def _kern(subtables: list[tuple[dict[str, int], Any]], left: str, right: str) -> int:
    # OpenType GPOS, lookup type 2: the first subtable that knows the pair decides.
    for places, table in subtables:
        if left not in places:
            continue
        if table.Format == 1:
            records = table.PairSet[places[left]].PairValueRecord
            value = next((one.Value1 for one in records if one.SecondGlyph == right), None)
            if value is None:
                continue
        else:
            row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)]
            value = row.Class2Record[table.ClassDef2.classDefs.get(right, 0)].Value1
        return getattr(value, "XAdvance", 0) or 0
    return 0


def kerns_of(text: str, weight: Weight) -> list[int]:
    """Return by how many thousandths of its size each letter's follower is moved."""
    kerns = _letters(weight).kerns
    return [kerns.get(pair, 0) for pair in pairwise(text)]


def width_of(text: str, face: Face) -> float:
    """Return how wide a printable text is, in millimetres."""
    letters = _letters(face.weight)
    units: int = sum(map(letters.widths.__getitem__, text)) + sum(kerns_of(text, face.weight))
    return units / letters.units * face.points * MM_PER_POINT + face.tracking * len(text)


def outline(text: str, face: Face, x: float, y: float) -> str:
    """Return a text as an SVG path, so that a screen shows the very letters that are printed."""
    letters = _letters(face.weight)
    scale = face.points * MM_PER_POINT / letters.units
    paths = []
    for letter, kern in zip(text, [*kerns_of(text, face.weight), 0], strict=True):
        pen = SVGPathPen(
            letters.glyphs, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip(".")
        )
        name = letters.names[ord(letter)]
        letters.glyphs[name].draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
        paths.append(pen.getCommands())
        x += (letters.widths[letter] + kern) * scale + face.tracking
    return "".join(paths)


def fit(text: str, face: Face, *, width: float, smallest: float) -> Face:
    """Return the largest size, up to the face's own, at which a text fits; never below smallest."""
    needed = width_of(text, face)
    if needed <= width:
        return face
    return face.sized(max(smallest, int(face.points * width / needed * 10) / 10))


def wrap(text: str, face: Face, width: float) -> list[str]:
    """Break a text into lines at its spaces; a word wider than a line is cut with hyphens."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, face) <= width:
            lines[-1] = longer
        else:
            lines += _cut(word, face, width)
    return lines


def _cut(word: str, face: Face, width: float) -> list[str]:
    pieces = []
    while width_of(word, face) > width and len(word) > 1:
        at = len(word) - 1
        while at > 1 and width_of(f"{word[:at]}-", face) > width:
            at -= 1
        pieces.append(f"{word[:at]}-")
        word = word[at:]
    return [*pieces, word]

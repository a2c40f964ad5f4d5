"""A receipt as a picture that a family can keep on its phone.

Nothing in it says who the family is to somebody who finds it: the initials of the printed name and
the end of the card number are enough to tell one's own receipt from a neighbour's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, MARGIN = 720, 48
HEAD_HEIGHT, ROW_GAP, FOOT_HEIGHT = 250, 26, 56
PAPER, INK, QUIET, GREEN, SOFT = "#fffdf8", "#2b1d14", "#6b5a4d", "#1f6b3a", "#e3f1e6"
LINE = "#dccfbe"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: the state, the number that people read out, and facts in order."""

    heading: str
    number_label: str
    number: str
    facts: Sequence[tuple[str, str]]
    foot: str


def initials_of(printed_name: str) -> str:
    """Return the initials of a name: "S. A. B. R."."""
    return " ".join(f"{part[0].upper()}." for part in printed_name.split() if part[0].isalpha())


def draw(picture: Picture) -> bytes:
    """Return the picture as PNG; about 10 ms."""
    fonts = {size: _font("Regular", size) for size in (26, 30)}
    bold = {size: _font("Bold", size) for size in (34, 46, 52)}
    rows = [
        (label, _wrapped(text, lambda part: bold[34].getlength(part)))
        for label, text in picture.facts
    ]
    foot = _wrapped(picture.foot, lambda part: fonts[26].getlength(part))
    height = HEAD_HEIGHT + sum(36 + 42 * len(lines) + ROW_GAP for _, lines in rows)
    image = Image.new("RGB", (WIDTH, height + FOOT_HEIGHT + 32 * len(foot)), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 14), fill=GREEN)
    pen.text((MARGIN, 44), picture.heading, font=bold[46], fill=INK)
    pen.rounded_rectangle((MARGIN, 120, WIDTH - MARGIN, 220), 14, fill=SOFT)
    pen.text((MARGIN + 24, 128), picture.number_label, font=fonts[26], fill=QUIET)
    pen.text((MARGIN + 24, 156), picture.number, font=bold[52], fill=INK)
    at = HEAD_HEIGHT
    for label, lines in rows:
        pen.text((MARGIN, at), label, font=fonts[30], fill=QUIET)
        at += 36
        for line in lines:
            pen.text((MARGIN, at), line, font=bold[34], fill=INK)
            at += 42
        at += ROW_GAP
    pen.line((MARGIN, at, WIDTH - MARGIN, at), fill=LINE, width=2)
    for nth, line in enumerate(foot):
        pen.text((MARGIN, at + 20 + 32 * nth), line, font=fonts[26], fill=QUIET)
    kept = BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    spec = find_spec("font_source_sans_pro")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("font-source-sans-pro is not installed")
    file = Path(spec.origin).parent / "files" / f"SourceSansPro-{weight}.ttf"
    return ImageFont.truetype(str(file), size)


def _wrapped(text: str, length: Callable[[str], float]) -> list[str]:
    """Return a text in lines that fit; a word that is too long stands alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and length(longer) > WIDTH - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines

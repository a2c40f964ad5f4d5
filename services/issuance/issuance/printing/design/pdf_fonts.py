"""The cards' fonts inside a PDF file: only the letters a card can say, the same in every file."""

import io
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

from issuance.printing.design.pdf_file import COMPRESSION, PdfFile
from issuance.printing.design.typeface import LETTERS, WEIGHTS, Weight, font_file, kerns_of

# Six letters before the name say that it is a subset (ISO 32000-1 §9.6.4).
TAG = "KHBSAA"
KEEP_TABLES = ["cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"]
NON_SYMBOLIC = 32


@dataclass(frozen=True, slots=True)
class _Embedded:
    """A subset as it is written, and each letter's number in it as four hexadecimal digits."""

    name: str
    packed: bytes
    length: int
    codes: dict[int, str]
    widths: bytes
    to_unicode: bytes
    descriptor: bytes


def font_name(weight: Weight) -> str:
    """Return the name under which a page's resources know a weight."""
    return f"F{WEIGHTS.index(weight)}"


def spelled(text: str, weight: Weight) -> str:
    """Return a printable text as the operand of TJ, letters moved as the font asks."""
    codes = text.translate(_embedded(weight).codes)
    if not any(kerns := kerns_of(text, weight)):
        return f"[<{codes}>]"
    parts, start = [], 0
    for at, kern in enumerate(kerns, 1):
        if kern:
            parts.append(f"<{codes[start * 4 : at * 4]}>{-kern}")
            start = at
    return f"[{''.join(parts)}<{codes[start * 4 :]}>]"


def embed_fonts(file: PdfFile) -> bytes:
    """Write every weight into a file; return the /Font entry of resources."""
    entries = (f"/{font_name(weight)} {_embed(file, weight)} 0 R" for weight in WEIGHTS)
    return f"/Font << {' '.join(entries)} >>".encode()


def _embed(file: PdfFile, weight: Weight) -> int:
    font = _embedded(weight)
    name = font.name.encode()
    program = file.stream(b"/Length1 %d /Filter /FlateDecode" % font.length, font.packed)
    descriptor = file.add(font.descriptor % program)
    letters = file.add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%b /CIDToGIDMap /Identity /DW 500 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        b"/FontDescriptor %d 0 R /W [0 [%b]] >>" % (name, descriptor, font.widths)
    )
    to_unicode = file.packed_stream(b"", font.to_unicode)
    return file.add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /%b /Encoding /Identity-H "
        b"/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (name, letters, to_unicode)
    )


@cache
def _embedded(weight: Weight) -> _Embedded:
    font = _subset(weight)
    program = io.BytesIO()
    font.save(program, reorderTables=False)
    content = program.getvalue()
    names, order = font.getBestCmap(), font.getGlyphOrder()
    numbers = {code: font.getGlyphID(names[code]) for code in map(ord, sorted(LETTERS))}
    name = f"{TAG}+SourceSansPro-{weight}"
    return _Embedded(
        name=name,
        packed=zlib.compress(content, COMPRESSION),
        length=len(content),
        codes={code: f"{number:04X}" for code, number in numbers.items()},
        widths=" ".join(str(font["hmtx"].metrics[glyph][0]) for glyph in order).encode(),
        to_unicode=_to_unicode(numbers),
        descriptor=_descriptor(font, name),
    )


def _subset(weight: Weight) -> TTFont:
    options = subset.Options(
        hinting=False, layout_features=[], notdef_outline=True, recalc_timestamp=False
    )
    # The time of making must not be in the file: the same order is the same bytes.
    font = TTFont(font_file(weight), recalcTimestamp=False)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=[ord(letter) for letter in LETTERS])
    maker.subset(font)
    for table in sorted(set(font.keys()) - {*KEEP_TABLES, "GlyphOrder", "OS/2", "post"}):
        del font[table]
    return font


def _descriptor(font: TTFont, name: str) -> bytes:
    """Return the font descriptor with a %d for the font program's number (§9.8)."""
    head: Any = font["head"]
    box = f"{head.xMin} {head.yMin} {head.xMax} {head.yMax}"
    return (
        f"<< /Type /FontDescriptor /FontName /{name} /Flags {NON_SYMBOLIC} /FontBBox [{box}] "
        f"/ItalicAngle 0 /Ascent {font['hhea'].ascent} /Descent {font['hhea'].descent} "
        f"/CapHeight {font['OS/2'].sCapHeight} /StemV 80 /FontFile2 %d 0 R >>"
    ).encode()


def _to_unicode(numbers: dict[int, int]) -> bytes:
    """Return the map that lets a reader copy and search what is written (§9.10.3)."""
    lines = [f"<{number:04X}> <{code:04X}>" for code, number in numbers.items()]
    # A block holds at most a hundred lines.
    blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    body = "\n".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{body}\nendcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode()

"""Letters on A4 paper: one page or more each, all in one file."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from registry.eligibility.letter_words import Letter

MARGIN_MM = 22
WIDTH_MM = 210 - 2 * MARGIN_MM
LINE_MM = 5.2
HEADINGS = {
    "id": {
        "title": "Surat keputusan keluarga",
        "to": "Kepada keluarga",
        "about": "Keputusan untuk",
        "reasons": "Alasannya",
        "facts": "Data yang dipakai",
        "unknown": "Yang belum diketahui",
        "object": "Bila tidak setuju",
        "number": "Nomor",
        "on": "Tanggal",
    },
    "en": {
        "title": "Decision letter",
        "to": "To the family of",
        "about": "Decision about",
        "reasons": "The reasons",
        "facts": "The data that was used",
        "unknown": "What is not known",
        "object": "If you disagree",
        "number": "Number",
        "on": "Date",
    },
}


def letters_pdf(letters: Iterable[Letter], language: str) -> bytes:
    """Return a PDF with every letter on pages of its own."""
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(True, margin=18)
    pdf.set_margin(MARGIN_MM)
    for weight in ("Regular", "Bold"):
        pdf.add_font(weight, fname=_font_file(weight))
    said = HEADINGS["en" if language == "en" else "id"]
    pdf.set_title(said["title"])
    for letter in letters:
        _page(pdf, letter, said)
    return bytes(pdf.output())


def _font_file(weight: str) -> Path:
    spec = find_spec("font_source_sans_pro")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("font-source-sans-pro is not installed")
    return Path(spec.origin).parent / "files" / f"SourceSansPro-{weight}.ttf"


def _page(pdf: FPDF, letter: Letter, said: dict[str, str]) -> None:
    pdf.add_page()
    _line(pdf, "PEMERINTAH PROVINSI KALIMANTAN TENGAH", 10, "Bold")
    _line(pdf, "Kartu Huma Betang Sejahtera", 10)
    pdf.set_draw_color(90)
    pdf.line(MARGIN_MM, pdf.get_y() + 2, MARGIN_MM + WIDTH_MM, pdf.get_y() + 2)
    pdf.ln(7)
    _line(pdf, said["title"], 17, "Bold")
    _line(pdf, f"{said['number']} {letter.number}    {said['on']} {letter.issued_on}", 10)
    pdf.ln(3)
    _line(pdf, f"{said['to']} {letter.name}", 12, "Bold")
    _line(pdf, letter.place, 10.5)
    pdf.ln(3)
    _line(pdf, f"{said['about']} {letter.programme}:", 11)
    _line(pdf, letter.outcome_word, 19, "Bold")
    if letter.judged_by:
        _line(pdf, letter.judged_by, 10.5)
    _heading(pdf, said["reasons"])
    for words, _, found in letter.reasons:
        _line(pdf, f"•  {words}: {found.lower()}", 10.5)
    if letter.unknown:
        _heading(pdf, said["unknown"])
        for words in letter.unknown:
            _line(pdf, f"•  {words}", 10.5)
    if letter.facts:
        _heading(pdf, said["facts"])
        for name, value, period in letter.facts:
            _line(pdf, f"•  {name}: {value} ({period})", 9.5)
    pdf.ln(1)
    _line(pdf, letter.basis, 9.5)
    _heading(pdf, said["object"])
    _line(pdf, letter.objection, 10.5)


def _heading(pdf: FPDF, words: str) -> None:
    pdf.ln(3)
    _line(pdf, words, 11.5, "Bold")


def _line(pdf: FPDF, words: str, points: float, weight: str = "Regular") -> None:
    pdf.set_font(weight, size=points)
    height = LINE_MM * max(points, 9) / 10.5
    pdf.multi_cell(WIDTH_MM, height, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

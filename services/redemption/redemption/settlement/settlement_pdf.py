"""A settlement on A4 paper: who is owed what for which days, line by line, and who said yes."""

from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from common.web.formats import Formats
from redemption.redeeming.lines import receipt_number
from redemption.settlement.act_rules import Settlement

MARGIN_MM = 18
WIDTH_MM = 210 - 2 * MARGIN_MM
ROW_MM = 5.6
# The whole of a large settlement is in the CSV; paper is for reading and signing.
PRINTED_MAX = 2000
WORDS = {
    "id": {
        "title": "Rekap pelunasan mitra", "number": "Nomor", "days": "Masa", "state": "Keadaan",
        "sums": "Menurut bantuan", "benefit": "Bantuan", "given": "Diserahkan",
        "deducted": "Dikurangi", "owed": "Hak mitra", "carried": "Pindahan dari masa sebelumnya",
        "whole": "Jumlah yang dibayar", "debt": "Kelebihan bayar, dipindahkan ke masa berikut",
        "lines": "Baris", "at": "Waktu (WIB)", "receipt": "Nomor bukti", "kind": "Jenis",
        "rupiah": "Rupiah", "acts": "Siapa melakukan apa",
        "more": "dan {count} baris lain: lihat berkas CSV",
        "redemption": "Penyerahan", "reversal": "Pembatalan", "conflict": "Tanpa jaringan",
        "judgement": "Putusan", "page": "Halaman",
    },
    "en": {
        "title": "Settlement of a partner", "number": "Number", "days": "Period", "state": "State",
        "sums": "By benefit", "benefit": "Benefit", "given": "Given", "deducted": "Deducted",
        "owed": "Owed", "carried": "Carried over from an earlier period",
        "whole": "To be paid", "debt": "Paid too much, carried into the next period",
        "lines": "Lines", "at": "Time (WIB)", "receipt": "Receipt", "kind": "Kind",
        "rupiah": "Rupiah", "acts": "Who did what",
        "more": "and {count} more lines: see the CSV file",
        "redemption": "Given", "reversal": "Undone", "conflict": "Without network",
        "judgement": "Judgement", "page": "Page",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """What is put on paper; the words for states and acts are translated already."""

    settlement: Settlement
    state: str
    totals: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    acts: list[tuple[str, str, datetime, str]]


class _Paper(FPDF):
    """Sheets that each name the settlement and their number."""

    def __init__(self, foot: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.foot = foot
        self.set_auto_page_break(True, margin=18)
        self.set_margin(MARGIN_MM)
        for weight in ("Regular", "Bold"):
            self.add_font(weight, fname=_font_file(weight))

    def footer(self) -> None:
        """Write the foot of a sheet."""
        self.set_y(-13)
        self.set_font("Regular", size=8)
        self.cell(WIDTH_MM, 5, f"{self.foot} {self.page_no()}", align="R")


def settlement_pdf(printed: Printed, language: str) -> bytes:
    """Return the PDF of a settlement."""
    lang = "en" if language == "en" else "id"
    said, formats, one = WORDS[lang], Formats(lang), printed.settlement
    pdf = _Paper(f"{one.number}  ·  {said['page']}")
    pdf.set_title(f"{said['title']} {one.number}")
    pdf.add_page()
    _line(pdf, "PEMERINTAH PROVINSI KALIMANTAN TENGAH", 10, "Bold")
    _line(pdf, "Kartu Huma Betang Sejahtera", 10)
    pdf.set_draw_color(90)
    pdf.line(MARGIN_MM, pdf.get_y() + 2, MARGIN_MM + WIDTH_MM, pdf.get_y() + 2)
    pdf.ln(6)
    _line(pdf, said["title"], 17, "Bold")
    _line(pdf, one.partner_name, 13, "Bold")
    days = formats.date(one.first_on)
    if one.last_on != one.first_on:
        days += f" – {formats.date(one.last_on)}"
    _line(pdf, f"{said['number']} {one.number}    {said['days']} {days}", 10.5)
    _line(pdf, f"{said['state']}: {printed.state}", 10.5)
    _sums(pdf, printed, said, lang, formats)
    _acts(pdf, printed, said, formats)
    _lines(pdf, printed, said, lang, formats)
    return bytes(pdf.output())


def _sums(pdf: FPDF, printed: Printed, said: dict[str, str], lang: str, formats: Formats) -> None:
    _heading(pdf, said["sums"])
    widths = (66, 36, 36, 36)
    _row(pdf, widths, [said[key] for key in ("benefit", "given", "deducted", "owed")], "Bold")
    for total in printed.totals:
        _row(
            pdf,
            widths,
            [
                str(total[f"benefit_name_{lang}"] or ""),
                formats.rupiah(total["given_rupiah"]),
                formats.rupiah(total["deducted_rupiah"]),
                formats.rupiah(total["owed_rupiah"]),
            ],
        )
    one = printed.settlement
    wide = (138, 36)
    if one.carried_rupiah:
        _row(pdf, wide, [said["carried"], formats.rupiah(one.carried_rupiah)])
    word = said["whole"] if one.owed_rupiah >= 0 else said["debt"]
    _row(pdf, wide, [word, formats.rupiah(abs(one.owed_rupiah))], "Bold", points=11.5)


def _acts(pdf: FPDF, printed: Printed, said: dict[str, str], formats: Formats) -> None:
    _heading(pdf, said["acts"])
    for word, name, when, words in printed.acts:
        tail = f": {words}" if words else ""
        _line(pdf, f"•  {formats.datetime(when)}  {word}, {name}{tail}", 9.5)


def _lines(pdf: FPDF, printed: Printed, said: dict[str, str], lang: str, formats: Formats) -> None:
    _heading(pdf, said["lines"])
    widths = (40, 30, 34, 42, 28)
    _row(pdf, widths, [said[key] for key in ("at", "receipt", "kind", "benefit", "rupiah")], "Bold")
    for line in printed.lines[:PRINTED_MAX]:
        _row(
            pdf,
            widths,
            [
                formats.datetime(line["at"]),
                receipt_number(line["act_id"]) if line["act_id"] else "—",
                said[line["kind"]],
                str(line[f"benefit_name_{lang}"] or "—"),
                formats.number(line["amount_rupiah"]),
            ],
            points=8.5,
        )
    left = printed.settlement.lines - len(printed.lines[:PRINTED_MAX])
    if left > 0:
        _line(pdf, said["more"].format(count=formats.number(left)), 9.5)


def _row(
    pdf: FPDF,
    widths: tuple[int, ...],
    cells: list[str],
    weight: str = "Regular",
    points: float = 9.5,
) -> None:
    """Write cells side by side; amounts stand at the right, and what is too long is cut."""
    pdf.set_font(weight, size=points)
    for place, (width, text) in enumerate(zip(widths, cells, strict=True)):
        shown = text
        while shown and pdf.get_string_width(shown) > width - 2:
            shown = shown[:-2].rstrip("…") + "…"
        is_amount = place == len(cells) - 1 or (len(cells) == 4 and place > 0)
        is_last = place == len(cells) - 1
        pdf.cell(
            width,
            ROW_MM,
            shown,
            align="R" if is_amount else "L",
            border="B",
            new_x=XPos.LMARGIN if is_last else XPos.RIGHT,
            new_y=YPos.NEXT if is_last else YPos.TOP,
        )


def _heading(pdf: FPDF, words: str) -> None:
    pdf.ln(4)
    _line(pdf, words, 11.5, "Bold")


def _line(pdf: FPDF, words: str, points: float, weight: str = "Regular") -> None:
    pdf.set_font(weight, size=points)
    height = 5.2 * max(points, 9) / 10.5
    pdf.multi_cell(WIDTH_MM, height, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def _font_file(weight: str) -> Path:
    spec = find_spec("font_source_sans_pro")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("font-source-sans-pro is not installed")
    return Path(spec.origin).parent / "files" / f"SourceSansPro-{weight}.ttf"

"""Our own file form, empty, to be filled in: as workbook with an explanation, and as CSV."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from registry.intake.layouts import people
from registry.intake.layouts.khbs import COLUMNS

SHEET, ABOUT = "Penduduk", "Penjelasan"
ROWS_PREPARED = 5_000
RED = "#7A1E23"
TEXT_FORMAT = 49  # The spreadsheet's own "Text", which keeps what is typed.
SEXES = ("Laki-laki", "Perempuan")
RELATIONS = (
    "Kepala Keluarga", "Suami", "Istri", "Anak", "Menantu", "Cucu", "Orang Tua", "Mertua",
    "Famili Lain", "Pembantu", "Lainnya",
)  # fmt: skip
MARITALS = ("Belum Kawin", "Kawin", "Cerai Hidup", "Cerai Mati")
STATUSES = ("Hidup", "Mati", "Pindah", "Hilang")
LISTS = {
    "jenis_kelamin": SEXES,
    "hubungan": RELATIONS,
    "status_kawin": MARITALS,
    "status": STATUSES,
}


@dataclass(frozen=True, slots=True)
class About:
    """What is said about a column, in both languages, with an example of nobody's."""

    id: str
    en: str
    example: str


EXPLAINED: dict[str, About] = {
    "kode_desa": About(
        "Kode Kemendagri desa atau kelurahan. Boleh dikosongkan bila berkasnya untuk satu desa "
        "yang dipilih saat mengunggah.",
        "The village's Kemendagri code. May stay empty when the file is for the one village "
        "chosen at upload.",
        "62.03.01.2011",
    ),
    "no_kk": About(
        "Nomor KK, 16 digit, kolom berformat Teks. Sama untuk semua anggota keluarga.",
        "The KK number, 16 digits, in a column of format Text. The same for the whole family.",
        "6203990101200001",
    ),
    "nik": About(
        "NIK, 16 digit, kolom berformat Teks. Kosongkan bila belum punya.",
        "The NIK, 16 digits, in a column of format Text. Leave empty when there is none yet.",
        "6203995705800001",
    ),
    "nama": About("Nama lengkap tanpa gelar.", "Full name without titles.", "SITI CONTOH"),
    "jenis_kelamin": About(
        "Laki-laki atau Perempuan; boleh juga L/P atau 1/2.",
        "Laki-laki (male) or Perempuan (female); L/P or 1/2 will do.",
        "Perempuan",
    ),
    "tanggal_lahir": About(
        "Hari, bulan, tahun: 17-05-1980, atau 1980-05-17, atau 17 Mei 1980.",
        "Day, month, year: 17-05-1980, or 1980-05-17, or 17 Mei 1980.",
        "17-05-1980",
    ),
    "tempat_lahir": About("Kabupaten atau kota lahir.", "Place of birth.", "Kapuas"),
    "hubungan": About(
        "Hubungan dengan kepala keluarga, dengan kata atau kode 1 sampai 11: "
        + ", ".join(f"{code} {word}" for code, word in enumerate(RELATIONS, 1))
        + ".",
        "Relation to the head of the family, as a word or its code from 1 to 11.",
        "Kepala Keluarga",
    ),
    "status_kawin": About(
        "1 Belum Kawin, 2 Kawin, 3 Cerai Hidup, 4 Cerai Mati.",
        "1 single, 2 married, 3 divorced, 4 widowed.",
        "Kawin",
    ),
    "status": About(
        "1 Hidup, 2 Mati, 3 Pindah, 4 Hilang. Kosong berarti hidup.",
        "1 alive, 2 dead, 3 moved, 4 missing. Empty means alive.",
        "Hidup",
    ),
    "alamat": About("Jalan dan nomor rumah.", "Street and number.", "Jl. Contoh 1"),
    "rt": About("RT.", "Neighbourhood (RT).", "002"),
    "rw": About("RW.", "Neighbourhood (RW).", "001"),
    "telepon": About(
        "Nomor telepon yang dapat dihubungi; boleh kosong.",
        "A telephone number; may stay empty.",
        "081200000000",
    ),
    "nama_ayah": About("Nama ayah; boleh kosong.", "Father's name; may stay empty.", "ALI CONTOH"),
    "nama_ibu": About("Nama ibu; boleh kosong.", "Mother's name; may stay empty.", "AMI CONTOH"),
}
NEEDED_TEXT = {True: "wajib ada kolomnya", False: "boleh tidak ada"}


def template_csv() -> bytes:
    """Return the headings as CSV, marked as UTF-8 so that a spreadsheet opens it right."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(COLUMNS)
    return buffer.getvalue().encode("utf-8-sig")


def template_workbook() -> bytes:
    """Return a workbook: cells of format Text, lists to choose from, a sheet that explains."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as book:
        head = book.add_format(
            {
                "bold": True,
                "bg_color": RED,
                "font_color": "white",
                "num_format": TEXT_FORMAT,
                "border": 1,
            }
        )
        _fill_sheet(book, head)
        _explain(book, head)
    return buffer.getvalue()


def _fill_sheet(book: Any, head: Any) -> None:
    page = book.add_worksheet(SHEET)
    # Every column is Text: a number would lose its last digits, a date its meaning.
    as_text = book.add_format({"num_format": TEXT_FORMAT})
    for column, name in enumerate(COLUMNS):
        page.set_column(column, column, 22 if name in {"nama", "alamat"} else 18, as_text)
        page.write_string(0, column, name, head)
        if name in LISTS:
            page.data_validation(
                1,
                column,
                ROWS_PREPARED,
                column,
                {
                    "validate": "list",
                    "source": list(LISTS[name]),
                    # Codes are understood too, so another value is let through.
                    "error_type": "information",
                    "error_title": name,
                    "error_message": EXPLAINED[name].id[:250],
                },
            )
    page.freeze_panes(1, 0)


def _explain(book: Any, head: Any) -> None:
    page = book.add_worksheet(ABOUT)
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": TEXT_FORMAT})
    widths = (("kolom", 18), ("perlu", 20), ("penjelasan", 60), ("explanation", 60), ("contoh", 22))
    for column, (name, width) in enumerate(widths):
        page.set_column(column, column, width)
        page.write_string(0, column, name, head)
    for row, name in enumerate(COLUMNS, 1):
        about = EXPLAINED[name]
        needed = NEEDED_TEXT[name in people.NEEDED]
        for column, text in enumerate((name, needed, about.id, about.en, about.example)):
            page.write_string(row, column, text, wrap)
    page.freeze_panes(1, 1)

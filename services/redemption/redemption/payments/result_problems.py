"""What can be wrong with a row of the bank's answer, in both languages."""

from dataclasses import dataclass

from common.web.languages import N_

RESULT_BYTES_MAX = 12 * 1024 * 1024
RESULT_LINES_MAX = 20_000
CELL_MAX = 64
PROBLEMS_SHOWN_MAX = 20
AMOUNT_DIGITS_MAX = 13

WORDS = {
    "not_utf8": N_("Berkas bukan teks UTF-8. Simpan ulang sebagai CSV UTF-8."),
    "columns_missing": N_("Kolom ini tidak ada: %(what)s. Periksa baris judulnya."),
    "columns_double": N_("Kolom ini ada dua kali: %(what)s."),
    "too_many_lines": N_("Lebih dari %(what)s baris. Bagi menjadi beberapa berkas."),
    "whole_file_only": N_(
        "Bank hanya memberi satu status untuk seluruh berkas. Minta hasil untuk setiap perintah "
        "bayar, atau unggah CSV dengan satu baris per perintah."
    ),
    "no_lines": N_("Tidak ada satu baris hasil pun di berkas ini."),
    "cells_missing": N_("Jumlah kolomnya tidak sama dengan baris judul."),
    "id_missing": N_("id_instruksi kosong atau lebih dari 64 tanda."),
    "amount_bad": N_("rupiah harus angka bulat tanpa titik, misalnya 250000."),
    "result_bad": N_("hasil harus “dibayar” atau “gagal”."),
    "reason_missing": N_("Baris yang gagal perlu kode_alasan, misalnya AC04."),
    "text_too_long": N_("Teksnya lebih dari 64 tanda, atau memuat tanda yang tidak terbaca."),
    "not_xml": N_("Berkas XML ini tidak dapat dibaca."),
    "not_pain002": N_("Ini bukan pesan pain.002 (hasil pembayaran)."),
    "currency_bad": N_("Mata uangnya bukan IDR."),
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong where; position 0 is the file itself."""

    position: int
    code: str
    what: str = ""

    @property
    def words(self) -> str:
        """Return what is wrong, to be translated; `what` fills it."""
        return WORDS[self.code]


class Unreadable(Exception):
    """The file is refused whole: nothing of it was taken."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(f"{len(problems)} rows cannot be read")
        self.problems = problems


def one_problem(code: str, what: str = "") -> Unreadable:
    """Return the refusal of a whole file for one reason."""
    return Unreadable([RowProblem(0, code, what)])

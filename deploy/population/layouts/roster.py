"""The participants of an aid programme: a sheet about it, and one of who is on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from population.layouts.workbook import new_workbook
from population.listing import RosterLine

END = "###"
PERSON, FAMILY = 1, 2
COLUMNS = ("Peserta", "No. Peserta", "NIK", "Nama", "Tempat Lahir", "Tanggal Lahir", "Alamat")


@dataclass(frozen=True, slots=True)
class Programme:
    """What the first sheet says."""

    name: str
    target: int
    note: str
    funds: str


PROGRAMMES = {
    "pkh": Programme("Program Keluarga Harapan", FAMILY, "Kementerian Sosial", "Pusat"),
    "sembako": Programme("Program Sembako", FAMILY, "Kementerian Sosial", "Pusat"),
    "blt_dd": Programme("BLT Dana Desa", PERSON, "Pemerintah Desa", "Dana Desa"),
}
ABOUT_NOTES = (
    "Catatan:",
    "1. ID program boleh kosong",
    "2. Sasaran : 1 = Penduduk, 2 = Keluarga, 3 = Rumah Tangga, 4 = Kelompok",
    "3. Asal Dana : 1 = Pusat, 2 = Provinsi, 3 = Kab/Kota, 4 = Dana Desa, 5 = Lain-lain",
)
WHO_NOTES = (
    "Catatan:",
    "1. Kolom Peserta berisi NIK bila sasaran penduduk, no. KK bila sasaran keluarga",
    "2. Kolom Peserta dan NIK wajib diisi",
    "3. Tanggal Lahir ditulis Tahun-Bulan-Hari",
)


class Roster:
    """One programme's workbook for a whole year, written line by line."""

    def __init__(self, path: Path, programme: Programme, year: int) -> None:
        self.lines = 0
        self._target = programme.target
        self._book = new_workbook(path, streaming=True)
        _write_about(self._book.add_worksheet("Program"), programme, year)
        self._who = self._book.add_worksheet("Peserta")
        self._who.write_row(0, 0, COLUMNS)

    def add(self, line: RosterLine) -> None:
        """Write the next participant."""
        self.lines += 1
        key = line.nik if self._target == PERSON else line.kk
        number = str(self.lines)
        cells = (key, number, line.nik, line.name, line.birthplace, line.born, line.address)
        for column, text in enumerate(cells):
            self._who.write_string(self.lines, column, text)

    def close(self) -> None:
        """Write the end mark and the notes below it, and finish the file."""
        for row, note in enumerate((END, *WHO_NOTES), self.lines + 1):
            self._who.write_string(row, 0, note)
        self._book.close()


def _write_about(sheet: Any, programme: Programme, year: int) -> None:
    facts = (
        ("ID Program", ""), ("Nama Program", programme.name), ("Sasaran Program", programme.target),
        ("Keterangan", programme.note), ("Asal Dana", programme.funds),
        ("Rentang Waktu (Awal)", f"{year}-01-01"), ("Rentang Waktu (Akhir)", f"{year}-12-31"),
        (END, None),
        *((note, None) for note in ABOUT_NOTES),
    )  # fmt: skip
    for row, (label, value) in enumerate(facts):
        sheet.write_row(row, 0, (label, value))

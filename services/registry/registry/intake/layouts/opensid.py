"""OpenSID's population sheet, as workbook or CSV: one header row, codes, dates as text.

The registry takes what its tasks need and leaves the rest (religion, blood, health) in the file.
"""

from registry.intake.layouts import people
from registry.intake.layouts.shape import Context, Reading
from registry.intake.sheet import Sheet

NAME = "opensid"
NAMES = {
    # Only where the files of several villages were put together.
    "kode_desa": ("kode_desa",),
    "no_kk": ("no_kk",), "nik": ("nik",), "nama": ("nama",), "jenis_kelamin": ("sex",),
    "tanggal_lahir": ("tanggallahir",), "tempat_lahir": ("tempatlahir",),
    "hubungan": ("kk_level",), "status_kawin": ("status_kawin",), "status": ("status_dasar",),
    "alamat": ("alamat",), "dusun": ("dusun",), "rt": ("rt",), "rw": ("rw",),
    "telepon": ("telepon",), "nama_ayah": ("nama_ayah",), "nama_ibu": ("nama_ibu",),
}  # fmt: skip


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    return people.recognise(NAME, NAMES, sheets, context)

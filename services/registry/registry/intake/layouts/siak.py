"""An export of SIAK, Dukcapil's own system: one header row, words, real date cells.

Every row names its village; one that names another than the file was uploaded for is wrong. The
parents' NIK stay in the file: their names are enough to tell two children apart.
"""

from registry.intake.layouts import people
from registry.intake.layouts.shape import Context, Reading
from registry.intake.sheet import Sheet

NAME = "siak"
NAMES = {
    "no_kk": ("nomor_kk", "no_kk"), "nik": ("nik",), "nama": ("nama_penduduk", "nama_lengkap"),
    "jenis_kelamin": ("kelamin", "jenis_kelamin"), "tanggal_lahir": ("tanggal_lahir",),
    "tempat_lahir": ("tempat_lahir",), "hubungan": ("shdk",), "status_kawin": ("status_kawin",),
    "status": ("status",), "alamat": ("alamat",), "rt": ("rt",), "rw": ("rw",),
    "nama_ayah": ("ayah", "nama_ayah"), "nama_ibu": ("ibu", "nama_ibu"),
    "kecamatan": ("kecamatan",), "desa": ("desa_kel", "desa_kelurahan", "kelurahan", "desa"),
}  # fmt: skip


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    return people.recognise(NAME, NAMES, sheets, context)

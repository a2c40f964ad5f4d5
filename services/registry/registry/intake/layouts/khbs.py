"""Our own template: Indonesian words as headings, one village or many (see `intake.template`)."""

from registry.intake.layouts import people
from registry.intake.layouts.shape import Context, Reading
from registry.intake.sheet import Sheet

NAME = "khbs"
COLUMNS = (
    "kode_desa", "no_kk", "nik", "nama", "jenis_kelamin", "tanggal_lahir", "tempat_lahir",
    "hubungan", "status_kawin", "status", "alamat", "rt", "rw", "telepon", "nama_ayah", "nama_ibu",
)  # fmt: skip
NAMES = {column: (column,) for column in COLUMNS}


def recognise(sheets: list[Sheet], context: Context) -> Reading | None:
    """Return how to read the file when it has this layout."""
    return people.recognise(NAME, NAMES, sheets, context)

"""Our own file form: Indonesian words as headings, and the village's code in each row.

So one file can hold a whole province.
"""

from population.codes import MARRIAGE, RELATION, SEX, STATUS
from population.records import Cell, Record, sixteen_digits, with_nbsp, written_date

NAME = "khbs"
SHEET = "Penduduk"
COLUMNS = (
    "kode_desa", "no_kk", "nik", "nama", "jenis_kelamin", "tanggal_lahir", "tempat_lahir",
    "hubungan", "status_kawin", "status", "alamat", "rt", "rw", "telepon", "nama_ayah", "nama_ibu",
)  # fmt: skip


def cells(record: Record, village: str) -> list[Cell]:
    """Return one row; nobody in it has a telephone, for any number could be someone's."""
    person, family = record.person, record.family
    place = family.place
    return [
        village, sixteen_digits(family.kk, record.kk_form),
        sixteen_digits(record.nik, record.nik_form), with_nbsp(record.name, record.nbsp),
        SEX[record.sex], written_date(record.born, record.date_form), person.birthplace,
        RELATION[record.relation], MARRIAGE[person.marriage], STATUS[record.status],
        f"{place.address or ''} Dusun {place.hamlet}".strip(), place.rt, place.rw, None,
        person.father_name, person.mother_name,
    ]  # fmt: skip

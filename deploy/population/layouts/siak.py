"""A district office's SIAK export: one header row, words instead of codes, real date cells.

The columns are those known by name, in their order; an export has more, which carry other papers.
"""

from population.codes import (
    EDUCATION,
    MARRIAGE,
    OCCUPATION,
    RELATION,
    RELIGION,
    SEX,
    STATUS,
)
from population.records import PLAIN, Cell, Record, sixteen_digits, with_nbsp

NAME = "siak"
SHEET = "Sheet1"
COLUMNS = (
    "Nomor KK", "NIK", "Nama Penduduk", "Status", "Tempat Lahir", "Tanggal Lahir", "Kelamin",
    "NIK Ayah", "Ayah", "NIK Ibu", "Ibu", "Status Kawin", "SHDK", "Agama", "Kecamatan", "Desa/Kel",
    "Alamat", "RW", "RT", "Pendidikan", "Pekerjaan",
)  # fmt: skip


def cells(record: Record, district: str, village: str) -> list[Cell]:
    """Return one row; this layout, unlike OpenSID's, names the place."""
    person, family = record.person, record.family
    place = family.place
    address = f"{place.address or ''} DSN {place.hamlet}".strip()
    return [
        sixteen_digits(family.kk, record.kk_form), sixteen_digits(record.nik, record.nik_form),
        with_nbsp(record.name, record.nbsp), STATUS[record.status], person.birthplace, record.born,
        SEX[record.sex], sixteen_digits(person.father_nik or "", PLAIN), person.father_name,
        sixteen_digits(person.mother_nik or "", PLAIN), person.mother_name,
        MARRIAGE[person.marriage], RELATION[record.relation], RELIGION[person.religion],
        district.upper(), village.upper(), address, place.rw, place.rt,
        EDUCATION[person.education], OCCUPATION[person.occupation],
    ]  # fmt: skip

"""Dukcapil's *Buku Induk Penduduk* of 2016: titles, the place, two header rows, then families.

The official file is an old workbook (.xls); this one is .xlsx with the same rows, which a reader
that goes by content can't tell apart.
"""

from itertools import groupby

from common.regions import region_name
from population.codes import EDUCATION, OCCUPATION, RELATION, RELIGION
from population.listing import Listing
from population.records import EXPONENT, NBSP, Cell, Record, sixteen_digits, with_nbsp

NAME = "bip2016"
SHEET = "BIP_Desa-Kel_1"
HEADER = (
    ("No", "Nama Lengkap", "NIK", "Tempat dan Tanggal Lahir", None, "JK", "SHDK", "Agama",
     "Pendidikan", "Pekerjaan", "Nama Orang Tua Kandung", "Nama Orang Tua Kandung"),
    (None, None, None, "Tempat Lahir", "Tgl/Bln/Th", None, None, None, "Terakhir", None, "Ibu",
     "Ayah"),
)  # fmt: skip
SEX = {1: "Lk", 2: "Pr"}


def sheets(listing: Listing) -> list[tuple[str, list[list[Cell]]]]:
    """Return the book of a village; each record learns the row it stands in."""
    rows = _top(listing)
    number = 0
    for _, members in groupby(listing.records, key=lambda record: record.family.family_id):
        records = list(members)
        rows.append(_card(records[0]))
        for record in records:
            number += 1
            rows.append(_person(number, record))
            record.row = len(rows)
    return [(SHEET, rows)]


def _top(listing: Listing) -> list[list[Cell]]:
    village = listing.village
    regency = region_name(village.regency).upper()
    place: list[list[Cell]] = [
        ["BUKU INDUK PENDUDUK WNI"],
        [],
        ["PROVINSI", ":", f"{NBSP}KALIMANTAN TENGAH", f"KABUPATEN/KOTA{NBSP}{NBSP}", ":",
         f"{NBSP}{regency}"],
        ["KECAMATAN", ":", f"{NBSP}{village.district.upper()}", "DESA/KELURAHAN", ":",
         f"{NBSP}{village.name.upper()}"],
        [],
    ]  # fmt: skip
    header: list[list[Cell]] = [list(row) for row in HEADER]
    return [*place, *header, [float(-number) for number in range(1, len(HEADER[0]) + 1)]]


def _card(record: Record) -> list[Cell]:
    place = record.family.place
    form = record.kk_form if record.kk_form == EXPONENT else 0
    number = sixteen_digits(record.family.kk, form)
    address = f"{place.address or '-'}, Nama Dusun : {place.hamlet}, RT/RW : {place.rt}/{place.rw}"
    return [f"No. KK : {number} {NBSP}", None, f"Alamat : {address}"]


def _person(number: int, record: Record) -> list[Cell]:
    person = record.person
    nik = sixteen_digits(record.nik, record.nik_form)
    return [
        float(number), with_nbsp(record.name, record.nbsp),
        f"{nik}{NBSP}" if isinstance(nik, str) else nik, person.birthplace, record.born,
        SEX[record.sex], RELATION[record.relation].upper(), RELIGION[person.religion].upper(),
        EDUCATION[person.education].upper(), OCCUPATION[person.occupation].upper(),
        person.mother_name, person.father_name,
    ]  # fmt: skip

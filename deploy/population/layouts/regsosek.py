"""A Regsosek or DTKS book: sheets joined by the KK number, questions as columns, dates as serials.

Its KK numbers are number cells, as in the books that districts have: the sixteenth digit is lost,
and no row of such a book can be taken.
"""

from datetime import date

from population.listing import Listing
from population.records import NUMBER, Cell, Record, sixteen_digits, with_nbsp

NAME = "regsosek"
FAMILIES, PEOPLE = "KELUARGA", "ANGGOTA KELUARGA"
FAMILY_COLUMNS = ("no kartu keluarga", "108 Nama SLS", "109 Alamat", "113", "301a")
PERSON_COLUMNS = (
    "no kartu keluarga", "401", "402 Nama", "403 NIK", "404", "405 Jenis Kelamin",
    "406 Tanggal Lahir", "408 Status Perkawinan", "409 Hubungan", "501a",
)  # fmt: skip
FAULT = "kk_number"
SERIAL_EPOCH = date(1899, 12, 30)
# The questionnaire counts relations and presence otherwise than village files do.
RELATION = {1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 6, 9: 8}
PRESENCE = {1: 1, 2: 2, 3: 3}


def sheets(listing: Listing) -> list[tuple[str, list[list[Cell]]]]:
    """Return the book of a village; each record learns its row and its damage."""
    title = f"REGSOSEK {listing.village.code} {listing.village.name.upper()}"
    families: list[list[Cell]] = [[title], ["KETERANGAN KELUARGA"], list(FAMILY_COLUMNS)]
    people: list[list[Cell]] = [[title], ["KETERANGAN ANGGOTA KELUARGA"], [], list(PERSON_COLUMNS)]
    order: dict[str, int] = {}
    for record in listing.records:
        family = record.family
        if family.family_id not in order:
            place = family.place
            members = float(len(family.members))
            families.append([_number(family.kk), place.hamlet, place.address, members, 1.0])
        order[family.family_id] = order.get(family.family_id, 0) + 1
        people.append(_person(record, order[family.family_id]))
        record.row = len(people)
        record.faults.append(FAULT)
    return [(FAMILIES, families), (PEOPLE, people)]


def _person(record: Record, place: int) -> list[Cell]:
    return [
        _number(record.family.kk), float(place), with_nbsp(record.name, record.nbsp),
        sixteen_digits(record.nik, record.nik_form), float(PRESENCE[record.status]),
        float(record.sex), float((record.born - SERIAL_EPOCH).days),
        float(int(record.person.marriage)), float(RELATION[record.relation]), 4.0,
    ]  # fmt: skip


def _number(kk: str) -> Cell:
    return sixteen_digits(kk, NUMBER)

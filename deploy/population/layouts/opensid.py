"""The population sheet of OpenSID, which most villages run: one header row, codes, dates as text.

There is no village code in it: whoever uploads the file says which village it is.
"""

from population.records import Cell, Record, sixteen_digits, with_nbsp, written_date

NAME = "opensid"
SHEET = "Sheet1"
COLUMNS = (
    "alamat", "dusun", "rw", "rt", "nama", "no_kk", "nik", "sex", "tempatlahir", "tanggallahir",
    "agama_id", "pendidikan_kk_id", "pendidikan_sedang_id", "pekerjaan_id", "status_kawin",
    "kk_level", "warganegara_id", "ayah_nik", "nama_ayah", "ibu_nik", "nama_ibu",
    "golongan_darah_id", "akta_lahir", "dokumen_pasport", "tanggal_akhir_paspor", "dokumen_kitas",
    "akta_perkawinan", "tanggalperkawinan", "akta_perceraian", "tanggalperceraian", "cacat_id",
    "cara_kb_id", "hamil", "ktp_el", "status_rekam", "alamat_sekarang", "status_dasar", "suku",
    "tag_id_card", "id_asuransi", "no_asuransi", "lat", "lng",
)  # fmt: skip
PEOPLES = {"ngaju": "DAYAK NGAJU", "maanyan": "DAYAK MA'ANYAN", "banjar": "BANJAR", "jawa": "JAWA"}
INDONESIAN = "1"


def _people_of(record: Record) -> str | None:
    """Return the people a family belongs to, which one clerk in three writes down."""
    family = record.family
    return PEOPLES[family.group] if int(family.family_id[-2:]) % 3 == 0 else None


def cells(record: Record) -> list[Cell]:
    """Return one row."""
    person, family = record.person, record.family
    place = family.place
    return [
        place.address, place.hamlet, place.rw, place.rt,
        with_nbsp(record.name, record.nbsp),
        sixteen_digits(family.kk, record.kk_form),
        sixteen_digits(record.nik, record.nik_form),
        str(record.sex), person.birthplace, written_date(record.born, record.date_form),
        str(person.religion), str(person.education), str(person.schooling),
        str(person.occupation), str(int(person.marriage)), str(record.relation), INDONESIAN,
        person.father_nik, person.father_name, person.mother_nik, person.mother_name,
        str(person.blood), person.birth_certificate, None, None, None, None, None, None, None,
        str(person.disability) if person.disability else None,
        None, None, None, None, None, str(record.status), _people_of(record),
        None, None, None, None, None,
    ]  # fmt: skip

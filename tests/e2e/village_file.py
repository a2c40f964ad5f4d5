"""A village's population file in the layout of OpenSID, with people made for one test."""

import io
import random
from dataclasses import dataclass

import openpyxl

from common.clock import utc_now
from common.web.formats import in_wib

_NAMES = """
alamat dusun rw rt nama no_kk nik sex tempatlahir tanggallahir agama_id pendidikan_kk_id
pendidikan_sedang_id pekerjaan_id status_kawin kk_level warganegara_id ayah_nik nama_ayah ibu_nik
nama_ibu golongan_darah_id akta_lahir dokumen_pasport tanggal_akhir_paspor dokumen_kitas
akta_perkawinan tanggalperkawinan akta_perceraian tanggalperceraian cacat_id cara_kb_id hamil
ktp_el status_rekam alamat_sekarang status_dasar suku tag_id_card id_asuransi no_asuransi lat lng
"""
COLUMNS = _NAMES.split()
BORN = 1980
WOMAN = 40
PUPIL, SMALL_CHILD = 16, 3
SYLLABLES = ("ba", "la", "ri", "nu", "ka", "ma", "ti", "sa", "do", "wi")


@dataclass(frozen=True)
class VillageFile:
    content: bytes
    heads: tuple[str, ...]
    # Of each family in the order of `heads`: who goes to school, and who is under five.
    pupils: tuple[str, ...]
    children: tuple[str, ...]
    families: int
    damaged_cell: str


def _number(day: int, month: int, serial: int, year: int = BORN) -> str:
    # District code 99 does not exist: no such number can be a real person's.
    return f"620399{day:02d}{month:02d}{year % 100:02d}{serial:04d}"


def _born_for(age: int) -> int:
    """The year in whose May somebody was born who is about that old, this school year too."""
    return in_wib(utc_now()).date().year - age


def village_file(seed: int, families: int = 3) -> VillageFile:
    """Return a workbook of couples with a pupil and a small child, and one damaged NIK."""
    draw = random.Random(seed)
    serial = draw.randrange(1, 4000)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(COLUMNS)
    heads: list[str] = []
    pupils: list[str] = []
    children: list[str] = []
    family = "".join(draw.choice(SYLLABLES) for _ in range(4)).capitalize()
    for number in range(families):
        kk = _number(1 + number, 6, serial + number)
        heads.append(f"Uji {family} {['Ani', 'Budi', 'Cahya', 'Dewi'][number]}")
        letter = heads[-1].split()[-1]
        pupils.append(f"Uji {family} Siswa {letter}")
        children.append(f"Uji {family} Kecil {letter}")
        people = (
            (heads[-1], "1", "1", BORN),
            (f"Uji {family} Pasangan", "2", "3", BORN),
            (pupils[-1], "1", "4", _born_for(PUPIL)),
            (children[-1], "2", "4", _born_for(SMALL_CHILD)),
        )
        for name, sex, level, year in people:
            row = dict.fromkeys(COLUMNS)
            day = 3 + number + (WOMAN if sex == "2" else 0)
            nik = _number(day, 5, serial + number, year)
            row |= {
                "dusun": "HULU",
                "rw": "001",
                "rt": "002",
                "nama": name,
                "no_kk": kk,
                "nik": nik,
                "sex": sex,
                "tempatlahir": "KUALA KAPUAS",
                "tanggallahir": f"{year}-05-{3 + number:02d}",
                "agama_id": "1",
                "pendidikan_kk_id": "4",
                "pendidikan_sedang_id": "18",
                "pekerjaan_id": "9",
                "status_kawin": "2" if year == BORN else "1",
                "kk_level": level,
                "warganegara_id": "1",
                "status_dasar": "1",
            }
            sheet.append(list(row.values()))
    damaged = dict.fromkeys(COLUMNS) | {
        "dusun": "HULU",
        "rw": "001",
        "rt": "002",
        "nama": "Uji Rusak",
        "no_kk": _number(1, 6, serial),
        "nik": 6203990705800010,
        "sex": "1",
        "tempatlahir": "KUALA KAPUAS",
        "tanggallahir": "1980-05-07",
        "agama_id": "1",
        "status_kawin": "1",
        "kk_level": "4",
        "warganegara_id": "1",
        "status_dasar": "1",
    }
    sheet.append(list(damaged.values()))
    out = io.BytesIO()
    workbook.save(out)
    names = (tuple(heads), tuple(pupils), tuple(children))
    return VillageFile(out.getvalue(), *names, families, f"G{sheet.max_row}")

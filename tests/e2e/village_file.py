"""A village's population file in the layout of OpenSID, with people made for one test."""

import io
import random
from dataclasses import dataclass

import openpyxl

_NAMES = """
alamat dusun rw rt nama no_kk nik sex tempatlahir tanggallahir agama_id pendidikan_kk_id
pendidikan_sedang_id pekerjaan_id status_kawin kk_level warganegara_id ayah_nik nama_ayah ibu_nik
nama_ibu golongan_darah_id akta_lahir dokumen_pasport tanggal_akhir_paspor dokumen_kitas
akta_perkawinan tanggalperkawinan akta_perceraian tanggalperceraian cacat_id cara_kb_id hamil
ktp_el status_rekam alamat_sekarang status_dasar suku tag_id_card id_asuransi no_asuransi lat lng
"""
COLUMNS = _NAMES.split()
SYLLABLES = ("ba", "la", "ri", "nu", "ka", "ma", "ti", "sa", "do", "wi")


@dataclass(frozen=True)
class VillageFile:
    content: bytes
    heads: tuple[str, ...]
    families: int
    damaged_cell: str


def _number(day: int, month: int, serial: int) -> str:
    # District code 99 does not exist: no such number can be a real person's.
    return f"620399{day:02d}{month:02d}80{serial:04d}"


def village_file(seed: int, families: int = 3) -> VillageFile:
    """Return a workbook of families of two, and one person whose NIK a spreadsheet has damaged."""
    draw = random.Random(seed)
    serial = draw.randrange(1, 4000)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(COLUMNS)
    heads = []
    family = "".join(draw.choice(SYLLABLES) for _ in range(4)).capitalize()
    for number in range(families):
        kk = _number(1 + number, 6, serial + number)
        heads.append(f"Uji {family} {['Ani', 'Budi', 'Cahya', 'Dewi'][number]}")
        people = ((heads[-1], "1", "1", 3), (f"Uji {family} Pasangan", "2", "3", 43))
        for name, sex, level, day in people:
            row = dict.fromkeys(COLUMNS)
            nik = _number(day + number, 5, serial + number)
            row |= {
                "dusun": "HULU",
                "rw": "001",
                "rt": "002",
                "nama": name,
                "no_kk": kk,
                "nik": nik,
                "sex": sex,
                "tempatlahir": "KUALA KAPUAS",
                "tanggallahir": f"1980-05-{3 + number:02d}",
                "agama_id": "1",
                "pendidikan_kk_id": "4",
                "pendidikan_sedang_id": "18",
                "pekerjaan_id": "9",
                "status_kawin": "2",
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
    return VillageFile(out.getvalue(), tuple(heads), families, f"G{sheet.max_row}")

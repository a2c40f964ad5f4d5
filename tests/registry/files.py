"""Village files made by the tests: people whose numbers can be nobody's (district 99)."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import xlsxwriter

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
COLUMNS = (
    "alamat", "dusun", "rw", "rt", "nama", "no_kk", "nik", "sex", "tempatlahir", "tanggallahir",
    "agama_id", "pendidikan_kk_id", "pendidikan_sedang_id", "pekerjaan_id", "status_kawin",
    "kk_level", "warganegara_id", "status_dasar",
)  # fmt: skip
SERIALS = count(1)


@dataclass
class Someone:
    """One row of a village file."""

    name: str = "SITI AMINAH"
    kk: str = ""
    nik: str | None = None
    sex: str = "2"
    born: str = "1980-05-17"
    relation: str = "1"
    status: str = "1"
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kk = self.kk or a_kk()
        if self.nik is None:
            self.nik = a_nik(date.fromisoformat(self.born), woman=self.sex == "2")

    def cells(self) -> list[Any]:
        values = {
            "alamat": "Jl. Tjilik Riwut 1", "dusun": "I", "rw": "001", "rt": "002",
            "nama": self.name, "no_kk": self.kk, "nik": self.nik, "sex": self.sex,
            "tempatlahir": "KAPUAS", "tanggallahir": self.born, "agama_id": "1",
            "status_kawin": "2", "kk_level": self.relation, "warganegara_id": "1",
            "status_dasar": self.status, **self.extra,
        }  # fmt: skip
        return [values.get(column, "") for column in COLUMNS]


def a_kk() -> str:
    number = next(SERIALS)
    return f"620399{1 + number // 9000 % 28:02}0118{1 + number % 8999:04}"


def a_nik(born: date, *, woman: bool) -> str:
    day = born.day + (40 if woman else 0)
    return f"620399{day:02}{born.month:02}{born.year % 100:02}{1 + next(SERIALS) % 9998:04}"


def csv_bytes(people: Iterable[Someone], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(person.cells() for person in people)
    return buffer.getvalue().encode(encoding)


def xlsx_bytes(
    rows: Iterable[Iterable[Any]], *, sheet: str = "Sheet1", more: dict[str, Any] | None = None
) -> bytes:
    """A workbook: texts as texts, numbers as numbers."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, content in {sheet: rows, **(more or {})}.items():
            page = book.add_worksheet(name)
            for number, cells in enumerate(content):
                for column, cell in enumerate(cells):
                    if isinstance(cell, (int, float)):
                        page.write_number(number, column, cell)
                    elif cell not in (None, ""):
                        page.write_string(number, column, str(cell))
    return buffer.getvalue()


def population_xlsx(people: Iterable[Someone]) -> bytes:
    return xlsx_bytes([COLUMNS, *(person.cells() for person in people)])


def roster_xlsx(
    programme: str, participants: Iterable[tuple[str, str]], *, target: int = 2, year: int = 2026
) -> bytes:
    """A roster; participants are (KK number or NIK, NIK)."""
    about = [
        ("ID Program", ""), ("Nama Program", programme), ("Sasaran Program", target),
        ("Asal Dana", "Pusat"), ("Rentang Waktu (Awal)", f"{year}-01-01"),
        ("Rentang Waktu (Akhir)", f"{year}-12-31"), ("###", ""), ("Catatan:", ""),
    ]  # fmt: skip
    who: list[tuple[str, ...]] = [
        ("Peserta", "No. Peserta", "NIK", "Nama", "Tempat Lahir", "Tanggal Lahir", "Alamat")
    ]
    who += [(key, "1", nik, "ORANG", "", "", "") for key, nik in participants]
    who += [("###",), ("Catatan:",)]
    return xlsx_bytes(about, sheet="Program", more={"Peserta": who})


def dtsen_csv(deciles: Iterable[tuple[str, int | str]], period: str = "2026-Q1") -> bytes:
    lines = ["no_kk,desil,periode", *(f"{kk},{decile},{period}" for kk, decile in deciles)]
    return "\n".join(lines).encode()


@cache
def unused_villages() -> list[str]:
    """Villages that no test of the session has used."""
    from common.regions import all_regions

    # Backwards, because the demonstration uses the first ones.
    codes = sorted(all_regions(), reverse=True)
    return [code for code in codes if len(code) == 13 and code[:5] != "62.71"]


def a_village() -> str:
    return unused_villages().pop(0)


def two_villages_of_a_regency() -> tuple[str, str]:
    """Two that lie beside each other in the list; what is left of a regency may be only one."""
    unused = unused_villages()
    place = next(n for n, (one, two) in enumerate(pairwise(unused)) if one[:5] == two[:5])
    return unused.pop(place), unused.pop(place)

"""What the public gets of a release: the table, its dictionary, its metadata, and the catalogue."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from registry.reports import queries
from registry.reports.definitions import DATASETS, Dataset
from registry.reports.rules import SMALL_CELL_MAX

ACTIVITY = {
    "nama": "Pendataan dan penetapan penerima Kartu Huma Betang Sejahtera",
    "penyelenggara": "Pemerintah Provinsi Kalimantan Tengah",
    "walidata": "Dinas Komunikasi, Informatika, Persandian dan Statistik",
    "cara_pengumpulan": "Kompilasi produk administrasi: desa, Dukcapil, DTSEN, peserta bantuan",
    "cakupan": "Seluruh kabupaten/kota, Provinsi Kalimantan Tengah (62)",
    "unit_pengamatan": "Keluarga dan anggotanya",
}
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
DICTIONARY_FIELDS = (
    "name",
    "title_id",
    "title_en",
    "concept",
    "definition",
    "classification",
    "measure",
    "unit",
    "kind",
)


def dataset_called(code: str) -> Dataset:
    """Return a data set by its code; raises Refused."""
    if code not in DATASETS:
        raise Refused("not_found")
    return DATASETS[code]


async def published(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return every published release, without its rows, youngest first within a data set."""
    return (await tx.execute(queries.PUBLISHED)).mappings().all()


async def published_release(tx: AsyncConnection, code: str, period: str) -> RowMapping:
    """Return one published release; raises Refused when there is none."""
    found = await tx.execute(queries.PUBLISHED_RELEASE, {"code": code, "period": period})
    one = found.mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    return one


def as_csv(dataset: Dataset, rows: Iterable[dict[str, Any]]) -> str:
    """Return a table in which a hidden cell is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [one.name for one in dataset.variables]
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return out.getvalue()


def dictionary_csv(dataset: Dataset) -> str:
    """Return the data dictionary: a line for each column, five fields of Standar Data and more."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(DICTIONARY_FIELDS)
    writer.writerows(
        [_cell(getattr(one, name)) for name in DICTIONARY_FIELDS] for one in dataset.variables
    )
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 1 and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value


def metadata_of(dataset: Dataset, releases: Iterable[RowMapping]) -> dict[str, Any]:
    """Return metadata of activity, variables and indicators (BPS rule 5/2020)."""
    return {
        "kegiatan": {**ACTIVITY, "frekuensi": dataset.frequency},
        "dataset": {
            "kode": dataset.code,
            "judul": dataset.title_id,
            "title": dataset.title_en,
            "keterangan": dataset.about_id,
            "description": dataset.about_en,
            "penyembunyian": (
                f"Jumlah 1 sampai {SMALL_CELL_MAX} tidak ditampilkan (sel kosong). Sel yang "
                f"tersembunyi dalam satu kelompok paling sedikit dua dan jumlahnya lebih dari "
                f"{SMALL_CELL_MAX}; bila belum, sel terkecil berikutnya juga disembunyikan."
            ),
            "kelompok_penyembunyian": list(dataset.group),
        },
        "variabel": [
            {name: getattr(one, name) for name in DICTIONARY_FIELDS} for one in dataset.variables
        ],
        "indikator": [
            {
                "nama": one.name,
                "judul": one.title_id,
                "definisi": one.definition,
                "interpretasi": one.interpretation,
                "rumus": one.formula,
                "satuan": one.unit,
            }
            for one in dataset.indicators
        ],
        "rilis": [_release(one) for one in releases],
    }


def catalogue(releases: Iterable[RowMapping], address: str) -> dict[str, Any]:
    """Return the catalogue in the form of a data package: what there is and where."""
    rows = list(releases)
    return {
        "name": "khbs-open-data",
        "title": "Data agregat Kartu Huma Betang Sejahtera",
        "resources": [
            {
                "name": f"{one['dataset_code']}-{one['period'].lower()}",
                "title": DATASETS[one["dataset_code"]].title_id,
                "path": f"{address}/open-data/{one['dataset_code']}/{one['period']}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "rows_sha256": bytes(one["content_hash"]).hex(),
                "schema": {"fields": _fields(DATASETS[one["dataset_code"]])},
            }
            for one in rows
            if one["dataset_code"] in DATASETS
        ],
    }


def _fields(dataset: Dataset) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "title": one.title_id,
            "type": "integer" if one.kind in {"count", "share", "rupiah"} else "string",
            "description": one.definition,
        }
        for one in dataset.variables
    ]


def _release(one: RowMapping) -> dict[str, Any]:
    return {
        "periode": one["period"],
        "baris": one["row_count"],
        "sel_tersembunyi": one["suppressed_cells"],
        "diterbitkan": one["checked_at"].isoformat(),
        "sha256_baris": bytes(one["content_hash"]).hex(),
    }

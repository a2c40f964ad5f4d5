"""The demonstration's programme: real shapes, sample decree. Nothing here is policy."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import demo
from common.auth.principal import Principal
from common.ids import new_id
from registry.eligibility import queries
from registry.eligibility.criteria import approve, draft
from registry.eligibility.examples import add_example
from registry.eligibility.overlap import approve_matrix, draft_matrix
from registry.eligibility.overlap_rules import Pair
from registry.eligibility.rules import Criterion

PROGRAMME_ID = UUID("01930000-0000-7000-8000-000000000101")
PARCEL_ID = UUID("01930000-0000-7000-8000-000000000111")
CASH_ID = UUID("01930000-0000-7000-8000-000000000112")
CYCLE_ID = demo.CYCLE_ID
VERSION_ID = UUID("01930000-0000-7000-8000-000000000131")
PROGRAMME_CODE = "khbs_pangan_tunai"
# Facts of the demonstration are of one quarter; whenever it is run, they still count.
FACT_AGE_DAYS_MAX = 3660
# Enough for the whole province: 279,434 families at Rp400,000, and some 40,000 pupils' fees.
BUDGET_RUPIAH = 180_000_000_000
DRAFTER = Principal("demo:penyusun", "Penyusun contoh", frozenset(), frozenset(), ("62",))
APPROVER = Principal("demo:pejabat", "Pejabat contoh", frozenset(), frozenset(), ("62",))

PROGRAMME = {
    "id": PROGRAMME_ID,
    "code": PROGRAMME_CODE,
    "name_id": "Bantuan KHBS: pangan, tunai, sekolah, kesehatan",
    "name_en": "KHBS aid: food, cash, school, health",
}
BENEFITS = (
    {
        "id": PARCEL_ID,
        "code": "parcel",
        "kind": "parcel",
        "name_id": "Paket pangan",
        "name_en": "Food parcel",
        "quantity": 1,
        "amount_rupiah": 150_000,
        "partner_kinds": ["food_point", "market"],
    },
    {
        "id": CASH_ID,
        "code": "cash",
        "kind": "cash",
        "name_id": "Bantuan tunai",
        "name_en": "Cash aid",
        "quantity": 1,
        "amount_rupiah": 250_000,
        "partner_kinds": ["bank"],
    },
)
CRITERIA = (
    Criterion(
        "decile",
        "decile <= 2 || decile == 4",
        "Keluarga berada di desil 1, 2, atau 4 menurut DTSEN",
        "The family is in decile 1, 2 or 4 of DTSEN",
        "Data DTSEN per triwulan",
        "DTSEN data by quarter",
    ),
    Criterion(
        "in_province",
        "in_province",
        "Keluarga tinggal di Kalimantan Tengah",
        "The family lives in Central Kalimantan",
        "Berkas penduduk desa",
        "The village's population file",
    ),
    Criterion(
        "head_alive",
        "head_alive",
        "Kepala keluarga masih hidup",
        "The head of the family is alive",
        "Berkas penduduk desa",
        "The village's population file",
    ),
)

_FINE = {"decile": 1, "in_province": True, "head_alive": True}
EXAMPLES = (
    ("Desil 1, kepala keluarga hidup, tinggal di sini", _FINE, "eligible"),
    ("Desil 4: juga termasuk", {**_FINE, "decile": 4}, "eligible"),
    ("Desil 3: tidak disebut dalam keputusan", {**_FINE, "decile": 3}, "ineligible"),
    ("Kepala keluarga sudah meninggal", {**_FINE, "head_alive": False}, "ineligible"),
    ("Tidak ada di DTSEN: belum diketahui", {**_FINE, "decile": None}, "needs_review"),
)
MATRIX_ID = UUID("01930000-0000-7000-8000-000000000141")
_CENTRAL_ID = "Daftar penerima dari pusat atau desa untuk masa yang sama"
_CENTRAL_EN = "The roster of the centre or the village for the same time"
_SCHOOL_ID = "Bantuan sekolah untuk anak, bukan untuk kebutuhan pokok keluarga"
_SCHOOL_EN = "School aid is for a child, not for a family's basic needs"
MATRIX = tuple(
    Pair(PROGRAMME_CODE, other, outcome, reason_id, reason_en)
    for other, outcome, reason_id, reason_en in (
        ("pkh", "exclude", _CENTRAL_ID, _CENTRAL_EN),
        ("sembako", "exclude", _CENTRAL_ID, _CENTRAL_EN),
        ("blt_dd", "exclude", _CENTRAL_ID, _CENTRAL_EN),
        ("pip", "allow", _SCHOOL_ID, _SCHOOL_EN),
        ("scholarship", "allow", _SCHOOL_ID, _SCHOOL_EN),
        ("pbi", "allow", "Jaminan kesehatan berlaku bersama bantuan lain",
         "Health cover goes together with other aid"),
    )
)  # fmt: skip


def cycle_dates(today: date) -> tuple[date, date]:
    """Return a cycle around today: from this quarter's first day to the next quarter's last."""
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    months = first.year * 12 + first.month - 1 + 6
    return first, date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def decree_of(day: date) -> str:
    """Return the number of a sample decree of that day's year."""
    return f"SK-CONTOH/{day.year}"


async def put_demo_programme(tx: AsyncConnection, today: date) -> None:
    """Write the programme, a cycle around today and its approved criteria.

    What is there already stays as it is, so that a repeat on another day changes nothing.
    """
    opens_on, closes_on = cycle_dates(today)
    decree = decree_of(opens_on)
    basis = f"{decree} (contoh, bukan keputusan sebenarnya)"
    await tx.execute(queries.INSERT_PROGRAMME, {**PROGRAMME, "legal_basis": basis})
    for benefit in BENEFITS:
        await tx.execute(queries.INSERT_BENEFIT, {**benefit, "programme_id": PROGRAMME_ID})
    await tx.execute(
        queries.INSERT_CYCLE,
        {
            "id": CYCLE_ID,
            "programme_id": PROGRAMME_ID,
            "name": f"Tahap 1 / {opens_on.year}",
            "opens_on": opens_on,
            "closes_on": closes_on,
            "budget_rupiah": BUDGET_RUPIAH,
        },
    )
    if (await tx.execute(queries.VERSION, {"version_id": VERSION_ID})).first() is not None:
        return
    version = {
        "decree_number": decree,
        "decree_on": opens_on,
        "valid_from": opens_on,
        "valid_to": None,
        "fact_age_days_max": FACT_AGE_DAYS_MAX,
    }
    await draft(tx, DRAFTER, PROGRAMME_CODE, VERSION_ID, version=version, criteria=CRITERIA)
    for name, inputs, expected in EXAMPLES:
        await add_example(
            tx, DRAFTER, VERSION_ID, new_id(), name=name, inputs=inputs, expected=expected
        )
    await approve(tx, APPROVER, VERSION_ID, evaluate=False)
    await draft_matrix(tx, DRAFTER, MATRIX_ID, version=version, pairs=MATRIX)
    await approve_matrix(tx, APPROVER, MATRIX_ID, evaluate=False)

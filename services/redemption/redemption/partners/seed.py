"""The partners of the demonstration: one of each kind."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import demo
from redemption.partners import queries

PROVINCE = "62"
PARTNERS = (
    (
        demo.PARTNER_FOOD_POINT_ID,
        "food_point",
        "Titik Pangan Bukit Tunggal",
        "Jl. Tjilik Riwut km 5, Palangka Raya",
        "",
    ),
    (
        demo.PARTNER_MARKET_ID,
        "market",
        "Toko Berkat Sahabat, Pasar Kahayan",
        "Pasar Kahayan blok B-12, Palangka Raya",
        "",
    ),
    (
        demo.PARTNER_SCHOOL_ID,
        "school",
        "SMA Negeri Contoh 1 Kapuas",
        "Jl. Pemuda 1, Kuala Kapuas",
        "30200000",
    ),
    (
        demo.PARTNER_CLINIC_ID,
        "clinic",
        "Puskesmas Contoh Kasongan",
        "Jl. Cilik Riwut 10, Kasongan",
        "P6206000000",
    ),
    (
        demo.PARTNER_UNIVERSITY_ID,
        "university",
        "Universitas Contoh Kalimantan Tengah",
        "Jl. Yos Sudarso 1, Palangka Raya",
        "111000",
    ),
    (
        demo.PARTNER_BANK_ID,
        "bank",
        "Bank Contoh Kalteng, Cabang Sampit",
        "Jl. S. Parman 2, Sampit",
        "",
    ),
)


async def seed_demo(tx: AsyncConnection) -> None:
    """Add the demonstration's partners; those that are there stay as they are."""
    await queries.add_missing(
        tx,
        [
            {
                "id": partner_id,
                "name": name,
                "kind": kind,
                "address": address,
                "outside_code": outside_code,
                "region_codes": [PROVINCE],
                "status": "active",
            }
            for partner_id, kind, name, address, outside_code in PARTNERS
        ],
    )

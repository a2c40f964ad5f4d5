"""What benefits are in their cycles, for the rooms and pages that name them."""

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused

_TERMS = """
    SELECT b.cycle_id, b.id, b.kind, b.name_id, b.name_en, b.unit_rupiah, b.granted_quantity,
           b.granted_rupiah, b.subject, b.goods_categories, b.partner_kinds, c.name AS cycle_name,
           c.programme_name_id, c.programme_name_en, c.opens_on, c.closes_on
    FROM benefits b JOIN cycles c ON c.id = b.cycle_id
"""
NOT_OVER = text(f"{_TERMS} WHERE c.closes_on >= :today ORDER BY c.opens_on, c.id, b.name_id, b.id")
FIND = text(f"{_TERMS} WHERE b.cycle_id = :cycle_id AND b.id = :benefit_id")


async def of_cycles_not_over(tx: AsyncConnection, today: date) -> list[RowMapping]:
    """Return the benefits of every cycle that is open or still to open."""
    return list((await tx.execute(NOT_OVER, {"today": today})).mappings())


async def find(tx: AsyncConnection, cycle_id: UUID, benefit_id: UUID) -> RowMapping:
    """Return a benefit in a cycle; raises Refused not_found."""
    asked = {"cycle_id": cycle_id, "benefit_id": benefit_id}
    row = (await tx.execute(FIND, asked)).mappings().one_or_none()
    if row is None:
        raise Refused("not_found")
    return row

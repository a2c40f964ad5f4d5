"""Filling the table of regions; safe to repeat."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.regions import all_regions
from registry.people import queries


async def put_regions(tx: AsyncConnection) -> int:
    """Write every region of the province, parents first; return how many."""
    found = sorted(all_regions().values(), key=lambda region: (len(region.code), region.code))
    rows = [
        {
            "code": region.code,
            "name": region.name,
            "level": region.level,
            "parent_code": region.parent_code,
        }
        for region in found
    ]
    await tx.execute(queries.PUT_REGION, rows)
    return len(rows)

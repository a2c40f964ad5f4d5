"""What is remembered about columns, for a region."""

from sqlalchemy.ext.asyncio import AsyncConnection

from registry.intake import mapping_queries
from registry.intake.layouts.shape import Mapped


async def mappings_for(tx: AsyncConnection, region_code: str) -> dict[bytes, Mapped]:
    """Return the mappings that files for a region are read by, by the hash of their header."""
    rows = await tx.execute(mapping_queries.MAPPINGS_FOR, {"region_code": region_code})
    return {
        bytes(row.header_hash): Mapped(row.kind, row.places, row.made_at.date(), row.made_by_name)
        for row in rows
    }

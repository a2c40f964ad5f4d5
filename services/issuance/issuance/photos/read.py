"""Read the photo of a family's card."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from issuance.photos import queries
from issuance.photos.rules import photo_context


async def photo_for_print(tx: AsyncConnection, sealer: Sealer, household_id: UUID) -> bytes | None:
    """Return a family's photo as JPEG (240 x 312, at most 12 KB), or None when it has none.

    For drawing the card; whoever shows or prints it has recorded the reading of the family.
    """
    row = await photo_row(tx, household_id)
    if row is None:
        return None
    return sealer.open(row["sealed_photo"], photo_context(household_id))


async def photo_row(tx: AsyncConnection, household_id: UUID) -> RowMapping | None:
    """Return what is known of a family's photo: since when, by whom, who agreed; or None."""
    found = await tx.execute(queries.SELECT_PHOTO, {"id": household_id})
    return found.mappings().one_or_none()
